"""How widely an embedding model spreads its cosines, measured by the vectors that are stored: a connected model does not tell.

One number for all that is stored, of whoever's it is: it says of the model what a data sheet would, and nothing of a text.
"""

from time import monotonic

from django.db import connection

from apps.documents.search.fusion import SPREAD
from apps.gateway.types import EmbeddingModelInfo

# So many vectors, spread evenly over all of them and each compared with each: the same for every process, in some milliseconds.
_VECTORS = 128
# Of fewer, a spread would be chance.
_VECTORS_MIN = 32
_KEPT_SECONDS, _LOOK_AGAIN_SECONDS = 3600.0, 60.0
_MEASURE = """
    WITH ends AS (SELECT min(id) AS first, max(id) AS last FROM documents_passageembedding),
    sample AS MATERIALIZED (
        SELECT DISTINCT ON (held.id) held.id, held.vector
        FROM ends, generate_series(0, %s) AS step(number) CROSS JOIN LATERAL (
            SELECT * FROM documents_passageembedding WHERE id >= ends.first + step.number * (ends.last - ends.first) / %s ORDER BY id LIMIT 1
        ) AS held WHERE held.model = %s
    )
    SELECT stddev_pop(1 - (one.vector <=> other.vector)), (SELECT count(*) FROM sample) FROM sample AS one JOIN sample AS other ON one.id < other.id
"""
# By model: until when it holds, and the number.
_known: dict[str, tuple[float, float]] = {}


def get_spread(model: EmbeddingModelInfo) -> float:
    """Return the model's own number, or the measured one; until there is enough to measure, that of the model that comes with Quire."""
    if model.spread is not None:
        return model.spread
    until, spread = _known.get(model.name, (0.0, SPREAD))
    if monotonic() >= until:
        measured = _measure(model.name)
        spread = measured or SPREAD
        _known[model.name] = (monotonic() + (_KEPT_SECONDS if measured else _LOOK_AGAIN_SECONDS), spread)
    return spread


def _measure(name: str) -> float | None:
    with connection.cursor() as cursor:
        cursor.execute(_MEASURE, [_VECTORS - 1, _VECTORS - 1, name])
        spread, count = cursor.fetchone()
    # Two digits are what so few vectors tell.
    return round(spread, 2) or None if count >= _VECTORS_MIN else None
