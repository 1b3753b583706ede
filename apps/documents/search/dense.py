"""The dense leg: passages whose vectors point where the question's does."""

from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import QuerySet, Value
from django.db.models.expressions import Combinable
from pgvector import HalfVector
from pgvector.django import CosineDistance

from apps.documents.constants import SEARCH_CANDIDATES
from apps.documents.models import PassageEmbedding
from apps.documents.querysets import PassageQuerySet
from apps.documents.search.types import Candidates
from apps.documents.vector_index import half_vector

_EF_SEARCH = 100
# How far the index goes on looking for what may be seen before it gives up.
_SCAN_TUPLES = 20_000


def find_by_meaning(passages: PassageQuerySet, vector: Sequence[float], model: str) -> Candidates:
    """Return candidates among `passages`, which the caller has narrowed to what may be seen.

    The narrowing happens inside the scan: with an iterative scan the index goes on until it has
    enough that pass, so hidden neighbours do not crowd out visible ones. Where it gave up or there
    are no more, what may be seen is little beside what is hidden: then all of it is compared.
    """
    distance = CosineDistance(half_vector(len(vector)), HalfVector(list(vector)))
    embeddings = PassageEmbedding.objects.filter(model=model, passage__in=passages)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('hnsw.ef_search', %s, true), set_config('hnsw.iterative_scan', 'strict_order', true),"
                " set_config('hnsw.max_scan_tuples', %s, true)",
                [str(_EF_SEARCH), str(_SCAN_TUPLES)],
            )
        rows = _first(embeddings, distance)
    if len(rows) < SEARCH_CANDIDATES:
        # No index answers an order by a sum.
        rows = _first(embeddings, distance + Value(0.0))
    found = [(pk, 1.0 - float(distance)) for pk, distance in rows]
    return sorted(found, key=lambda candidate: (-candidate[1], candidate[0]))


def _first(embeddings: QuerySet[PassageEmbedding], distance: Combinable) -> list[tuple[int, float]]:
    nearest = embeddings.annotate(distance=distance).order_by("distance")
    return list(nearest.values_list("passage_id", "distance")[:SEARCH_CANDIDATES])
