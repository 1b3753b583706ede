"""One search: two legs in SQL, both as the reader, put together and read.

1. The words are looked up while the question is embedded; no connection is held meanwhile.
2. The vectors are looked up, and each candidate of either leg gets both scores.
3. The question moves a little towards its best passages, and the scores are put together anew.
4. Where it is set so, other wordings of the question are searched for too, and the best passages are judged once more by a model.
5. The best passages are read, again as the reader, and made a list that is worth reading.

Where a model took its time, the rights are asked for anew: who may no longer come in finds nothing.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

from apps.accounts.types import Reader
from apps.common.db import run_db
from apps.common.errors import QuireError
from apps.documents.analysis.terms import in_workspace
from apps.documents.search.diversity import Group, diversify
from apps.documents.search.fusion import Fused
from apps.documents.search.legs import WordsFound, look_up_words
from apps.documents.search.paraphrases import rank_paraphrases
from apps.documents.search.question import plain_question, read_question
from apps.documents.search.ranking import Ranking, put_together, rank
from apps.documents.search.reading import Found, newest_documents, read_passages
from apps.documents.search.reranking import judge, read_candidates
from apps.documents.search.scope import renew_scope
from apps.documents.search.types import LIMIT_MAX, Filters, Hit, Mode, Question, Request, Results, Sort
from apps.gateway.principals import principal_of
from apps.gateway.selectors import get_embedding_model, get_rerank_model
from apps.gateway.services import embed
from apps.gateway.types import Principal

logger = logging.getLogger(__name__)

# So many more are read than are wanted: some are folded into others. The rest of the candidates is read only where that was too few.
_READ_TIMES = 2
# After so long a wait the rights are asked for anew. It takes most of a millisecond, so not before.
_WAIT_SECONDS = 0.1
# What a score says of how well anything answers was measured for these legs alone, of questions that the model surely understands.
_MEASURED = frozenset({"words", "meaning"})
_SURE = 0.8


async def search(reader: Reader, query: str, *, limit: int = 8, filters: Filters | None = None, mode: Mode = Mode.DEFAULT, joins: bool = True) -> list[Hit]:
    """Return the best passages for `query` among what `reader` sees now, the best first. Its words are words, whatever marks are in it.

    With `joins`, neighbours and near copies are one hit. An embedder that is down costs the meaning, not the search.
    """
    return (await find(reader, Request(plain_question(query, filters), min(limit, LIMIT_MAX), mode, joins=joins))).hits


async def search_marked(
    reader: Reader, query: str, *, limit: int = 10, filters: Filters | None = None, sort: Sort = Sort.RELEVANCE, is_draft: bool = False
) -> Results:
    """Return the best passages for what somebody wrote into a search field, or is still writing: see `question.py` for its marks."""
    return await find(reader, Request(read_question(query, filters), min(limit, LIMIT_MAX), sort=sort, is_draft=is_draft))


async def find(reader: Reader, request: Request) -> Results:
    """Do one search. Who may read nothing, or asks nothing, finds nothing."""
    if request.limit < 1 or not reader.can("document.view") or request.question == Question(""):
        return Results([], request.question)
    if not request.question.text:
        return await run_db(_list, reader, request)
    principal = principal_of(reader, "search")
    begun = monotonic()
    words, vector, paraphrases = await asyncio.gather(
        run_db(look_up_words, reader, request, get_embedding_model()), _embed(principal, request), rank_paraphrases(reader, request, principal)
    )
    if paraphrases or monotonic() - begun > _WAIT_SECONDS:
        words = await run_db(_renew, words)
    if words.scope.is_empty:
        return Results([], request.question)
    if not request.has_further_stages or get_rerank_model(principal.workspace_id) is None:
        return await run_db(lambda: _finish(request, words, put_together(rank(words, vector), paraphrases), vector))
    ranking, texts = await run_db(_draft, words, vector, paraphrases)
    ranking = await judge(principal, request.question.text, ranking, texts)
    return await run_db(lambda: _finish(request, _renew(words), ranking, vector))


async def _embed(principal: Principal, request: Request) -> Sequence[float] | None:
    if request.mode == Mode.BM25:
        return None
    try:
        vectors = await embed(principal, [request.question.text])
    except QuireError as error:
        logger.warning("search.without_vectors", extra={"code": error.code})
        return None
    return [float(value) for value in vectors[0]]


def _draft(words: WordsFound, vector: Sequence[float] | None, paraphrases: Sequence[Ranking]) -> tuple[Ranking, dict[int, str]]:
    """Return the ranking, and the texts of it that are to be judged."""
    ranking = put_together(rank(words, vector), paraphrases)
    return ranking, read_candidates(words, ranking)


def _renew(words: WordsFound) -> WordsFound:
    return replace(words, scope=renew_scope(words.scope))


def _finish(request: Request, words: WordsFound, ranking: Ranking, vector: Sequence[float] | None) -> Results:
    if words.scope.is_empty:
        return Results([], request.question)
    is_without_meaning = vector is None and request.mode != Mode.BM25
    # One more than is wanted: whether there is more.
    groups = diversify(_read(words, ranking, request.limit * _READ_TIMES), request.limit + 1, joins=request.joins)
    hits = _hits(request, words, ranking, groups)
    return Results(hits, request.question, is_without_meaning, len(groups) > request.limit, words.words.terms, words.analyser)


def _list(reader: Reader, request: Request) -> Results:
    """What marks and filters leave, without a word to rank it by: the newest first. Each document is in it, copy or not, as it was asked for."""
    words = look_up_words(reader, request, get_embedding_model())
    if words.scope.is_empty:
        return Results([], request.question)
    ids = newest_documents(words.scope, words.analyser, request.limit + 1)
    ranking = Ranking([Fused(pk, 0.0) for pk in ids])
    groups = [Group(found) for batch in _read(words, ranking, len(ids)) for found in batch]
    return Results(_hits(request, words, ranking, groups), request.question, has_more=len(ids) > request.limit)


def _read(words: WordsFound, ranking: Ranking, first: int) -> Iterator[list[Found]]:
    """Yield the passages of a ranking as they are read: so many first, and then, to whoever goes on, the rest."""
    ids = [one.passage_id for one in ranking.order]
    for batch in filter(None, (ids[:first], ids[first:])):
        found = read_passages(words.scope, words.analyser, batch)
        # A passage may have gone between finding and reading it.
        yield [found[pk] for pk in batch if pk in found]


def _hits(request: Request, words: WordsFound, ranking: Ranking, groups: Sequence[Group]) -> list[Hit]:
    scores = {one.passage_id: one.score for one in ranking.order}
    hits = [_hit(group, scores, ranking, words) for group in groups[: request.limit]]
    if request.sort == Sort.DATE:
        hits.sort(key=lambda hit: (-hit.updated_at.timestamp(), -hit.score))
    return hits


def _hit(group: Group, scores: dict[int, float], ranking: Ranking, words: WordsFound) -> Hit:
    lead = group.lead
    explanation: dict[str, Any] = {**ranking.explain(lead.passage_id), "terms": _held(lead, words)}
    hit = lead.as_hit(scores[lead.passage_id], explanation, group.alike, group.neighbours)
    return replace(hit, evidence=hit.score) if ranking.legs.keys() == _MEASURED and words.trust >= _SURE else hit


def _held(found: Found, words: WordsFound) -> list[str]:
    """Return the words of the question that stand in a passage, as they were asked."""
    workspace_id = words.scope.reader.workspace.pk
    return list(dict.fromkeys(word.text for word in words.words.words if found.terms.intersection(in_workspace(word.terms, workspace_id))))
