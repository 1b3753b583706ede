"""One search: two legs in SQL, both as the reader, put together and read."""

import asyncio
import logging
from collections.abc import Sequence

from apps.accounts.types import Reader
from apps.common.db import run_db
from apps.documents.models import Collection, Passage
from apps.documents.places import place_of
from apps.documents.querysets import PassageQuerySet
from apps.documents.search.dense import find_by_meaning
from apps.documents.search.fusion import Fused, fuse
from apps.documents.search.types import Candidates, Filters, Hit
from apps.documents.search.words import find_by_words
from apps.documents.selectors import get_passages
from apps.gateway.errors import ProviderError
from apps.gateway.selectors import get_embedding_model
from apps.gateway.services import embed
from apps.gateway.types import Principal

logger = logging.getLogger(__name__)

_WEIGHT_WORDS = 0.4
_WEIGHT_MEANING = 0.6
_QUERY_CHARS_MAX = 2000


async def search(reader: Reader, query: str, *, limit: int = 8, filters: Filters | None = None) -> list[Hit]:
    """Return the best passages for `query` among what `reader` sees now, the best first.

    The query is embedded while the words are looked up; no connection is held meanwhile. An
    embedder that is down costs the dense leg, not the search.
    """
    query = query.replace("\x00", " ").strip()[:_QUERY_CHARS_MAX]
    # Who may read nothing finds nothing: the queries below would be empty, and SQL has no words for that.
    if not query or limit < 1 or not reader.can("document.view"):
        return []
    words, vector = await asyncio.gather(run_db(_by_words, reader, query, filters), _embed_query(reader, query))
    return await run_db(_finish, reader, words, vector, filters, limit)


async def _embed_query(reader: Reader, query: str) -> Sequence[float] | None:
    principal = Principal(str(reader.user.id), str(reader.workspace.id), "search")
    try:
        vectors = await embed(principal, [query])
    except ProviderError as error:
        logger.warning("search.without_vectors", extra={"code": error.code})
        return None
    return [float(value) for value in vectors[0]]


def _by_words(reader: Reader, query: str, filters: Filters | None) -> Candidates:
    return find_by_words(_searchable(reader, filters), query)


def _finish(
    reader: Reader,
    words: Candidates,
    vector: Sequence[float] | None,
    filters: Filters | None,
    limit: int,
) -> list[Hit]:
    meaning: Candidates = []
    if vector is not None:
        model = get_embedding_model().name
        meaning = find_by_meaning(_searchable(reader, filters), vector, model)
    legs = {"words": (_WEIGHT_WORDS, words), "meaning": (_WEIGHT_MEANING, meaning)}
    fused = fuse(legs, limit)
    passages = get_passages(reader, [hit.passage_id for hit in fused])
    # A passage may have gone between finding and reading it.
    return [_hit(hit, passages[hit.passage_id]) for hit in fused if hit.passage_id in passages]


def _searchable(reader: Reader, filters: Filters | None) -> PassageQuerySet:
    """What this reader may find: the rights are inside the candidate queries, never after them."""
    passages = Passage.objects.visible_to(reader).current()
    if filters is None:
        return passages
    if filters.document_ids is not None:
        passages = passages.filter(version__document__in=filters.document_ids)
    if filters.collection_ids is not None:
        # Only of collections that the reader sees: what is in a hidden one is not to be told by asking for its id.
        named = Collection.objects.visible_to(reader).filter(pk__in=filters.collection_ids)
        passages = passages.filter(version__document__collection__in=named)
    if filters.kinds is not None:
        passages = passages.filter(version__document__kind__in=filters.kinds)
    return passages


def _hit(fused: Fused, passage: Passage) -> Hit:
    document = passage.version.document
    return Hit(
        passage_id=passage.id,
        document_id=document.id,
        version_id=passage.version_id,
        title=document.title,
        page=passage.page,
        text=passage.text,
        heading_path=tuple(passage.heading_path),
        kind=document.kind,
        score=fused.score,
        explanation=fused.explanation,
        place=place_of(passage),
    )
