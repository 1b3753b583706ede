"""What a search reads of versions, their vectors and terms, for those that answer no more or never will."""

from typing import Any

from apps.documents.models import PassageEmbedding, PassageTerms


# Any: ids of versions, or a subquery of them.
def remove_from_search(versions: Any) -> None:
    """Remove vectors and terms of these versions, without loading them. Their passages stay, for the citations on them."""
    PassageEmbedding.objects.filter(version__in=versions).delete()
    PassageTerms.objects.filter(version__in=versions).delete()
