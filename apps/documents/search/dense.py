"""The dense leg: passages whose vectors point where the question's does."""

from collections.abc import Sequence

from django.db import connection, transaction
from pgvector import HalfVector
from pgvector.django import CosineDistance

from apps.documents.constants import SEARCH_CANDIDATES
from apps.documents.models import PassageEmbedding
from apps.documents.querysets import PassageQuerySet
from apps.documents.search.types import Candidates
from apps.documents.vector_index import half_vector

_EF_SEARCH = 100


def find_by_meaning(passages: PassageQuerySet, vector: Sequence[float], model: str) -> Candidates:
    """Return candidates among `passages`, which the caller has narrowed to what may be seen.

    The narrowing happens inside the scan: with an iterative scan the index goes on until it has
    enough that pass, so hidden neighbours do not crowd out visible ones.
    """
    distance = CosineDistance(half_vector(len(vector)), HalfVector(list(vector)))
    embeddings = PassageEmbedding.objects.filter(model=model, passage__in=passages)
    nearest = embeddings.annotate(distance=distance).order_by("distance")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('hnsw.ef_search', %s, true), set_config('hnsw.iterative_scan', 'strict_order', true)",
                [str(_EF_SEARCH)],
            )
        rows = list(nearest.values_list("passage_id", "distance")[:SEARCH_CANDIDATES])
    found = [(pk, 1.0 - float(distance)) for pk, distance in rows]
    return sorted(found, key=lambda candidate: (-candidate[1], candidate[0]))
