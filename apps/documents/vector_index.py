"""The vector index: one partial HNSW index a model, because each has a dimension of its own.

Made by the role that migrates; the app's role may not. Queries must use the very expression of
the index, hence `half_vector` here and nowhere else.
"""

import hashlib
import logging
from typing import Any

from django.db import connections
from django.db.models import F
from django.db.models.functions import Cast
from pgvector.django import HalfVectorField
from psycopg import sql

logger = logging.getLogger(__name__)

# What pgvector's HNSW takes for half precision.
MAX_DIMENSION = 4000
TABLE = "documents_passageembedding"
# So many neighbours are kept at each vector, and so many looked at to find them. With half as many looked at, which is pgvector's
# own value, the index is made in three quarters of the time and a search misses half as much again (docs/quality.md).
_NEIGHBOURS, _LOOKED_AT = 16, 128


def half_vector(dimension: int) -> Cast:
    return Cast(F("vector"), HalfVectorField(dimensions=dimension))


def index_name(model: str, dimension: int) -> str:
    digest = hashlib.sha256(f"{model}/{dimension}".encode()).hexdigest()[:12]
    return f"embedding_hnsw_{digest}"


def ensure_vector_index(using: str) -> bool:
    """Make the index of the model in use, if it is missing; say whether it was made."""
    from apps.gateway.selectors import get_embedding_model

    model = get_embedding_model()
    connection = connections[using]
    if not 0 < model.dimension <= MAX_DIMENSION:
        logger.warning("search.index_impossible", extra={"dimension": model.dimension})
        return False
    name = index_name(model.name, model.dimension)
    with connection.cursor() as cursor:
        if TABLE not in connection.introspection.table_names(cursor):
            return False
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
        if cursor.fetchone()[0]:
            return False
        cursor.execute(
            sql.SQL("CREATE INDEX {} ON {} USING hnsw ((vector::halfvec({})) halfvec_cosine_ops) WITH (m = {}, ef_construction = {}) WHERE model = {}").format(
                sql.Identifier(name),
                sql.Identifier(TABLE),
                sql.Literal(model.dimension),
                sql.Literal(_NEIGHBOURS),
                sql.Literal(_LOOKED_AT),
                sql.Literal(model.name),
            )
        )
    logger.info("search.index_made", extra={"index": name})
    return True


# Any: a signal hands over whatever it likes; the alias is all that is read.
def after_migrate(using: str, **_kwargs: Any) -> None:
    ensure_vector_index(using)
