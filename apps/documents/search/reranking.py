"""The best candidates, judged once more by the reranking model where one is connected.

Its score is added to the search's own and does not take its place: what both found well is better than what either did. Both are from
0 to 1, whatever the other candidates are, so what was not judged keeps its place behind.
"""

import logging
from collections.abc import Mapping

from apps.common.errors import QuireError
from apps.documents.search.fusion import Fused
from apps.documents.search.legs import WordsFound
from apps.documents.search.ranking import Ranking
from apps.documents.search.reading import Found, read_passages
from apps.gateway.selectors import get_rerank_model
from apps.gateway.services import rerank
from apps.gateway.types import Principal

logger = logging.getLogger(__name__)

# More are rarely lifted to where somebody looks, and each costs as much as the first; TEI takes 32 at once unless it is told otherwise.
CANDIDATES = 30


def read_candidates(words: WordsFound, ranking: Ranking) -> dict[int, str]:
    """Return the texts to judge, as the reader may see them, by passage: with title and headings, as they were embedded."""
    best = [one.passage_id for one in ranking.order[:CANDIDATES]]
    return {pk: _judged_text(found) for pk, found in read_passages(words.scope, words.analyser, best).items()}


async def judge(principal: Principal, question: str, ranking: Ranking, texts: Mapping[int, str]) -> Ranking:
    """Return the ranking with the model's scores added; as it was where there are none. Call it without a connection."""
    model = get_rerank_model(principal.workspace_id)
    try:
        scores = await rerank(principal, question, list(texts.values()))
    except QuireError as error:
        logger.warning("search.without_reranking", extra={"code": error.code})
        return ranking
    if model is None or not scores:
        return ranking
    return add_scores(ranking, dict(zip(texts, scores, strict=True)), model.weight)


def add_scores(ranking: Ranking, scores: Mapping[int, float], weight: float) -> Ranking:
    most = 1.0 + weight
    order = [Fused(one.passage_id, (one.score + weight * scores.get(one.passage_id, 0.0)) / most) for one in ranking.order]
    return ranking.reordered(order, rerank=scores)


def _judged_text(found: Found) -> str:
    headings = [heading for heading in found.heading_path if heading != found.title]
    return "\n".join([found.title, *headings, found.text])
