"""Ask every question of a set, one after the other, and say how good and how quick the answers are.

Every vector is compared, so that the same set gives the same figures again; what the vector index misses, and how much quicker it is,
measures `make bench-search`.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from uuid import UUID

from apps.accounts.types import Reader
from apps.documents.evaluation.measures import ndcg, percentile, recall, reciprocal_rank
from apps.documents.evaluation.sets import TestSet
from apps.documents.search import Hit, Mode
from apps.documents.search.hybrid import find
from apps.documents.search.question import plain_question
from apps.documents.search.types import Request

_DEPTH = 100
# What is loaded with the first questions is not measured.
_WARMING = 3


@dataclass(frozen=True, slots=True)
class Figures:
    mode: str
    ndcg_at_10: float
    recall_at_100: float
    mrr_at_10: float
    p50_ms: float
    p95_ms: float
    passages: int
    queries: int

    def shown(self) -> dict[str, str | float | int]:
        return {name: round(value, 1 if name.endswith("_ms") else 4) if isinstance(value, float) else value for name, value in asdict(self).items()}


def evaluate(reader: Reader, test_set: TestSet, names: Mapping[UUID, str], passages: int, mode: Mode) -> Figures:
    """Search for each question as `reader`; `names` says which document of the set each document is."""
    rankings, seconds = asyncio.run(_ask_all(reader, test_set, names, mode))
    judged = [test_set.judged[question] for question in rankings]
    pairs = list(zip(rankings.values(), judged, strict=True))
    return Figures(
        mode=mode.value,
        ndcg_at_10=fmean(ndcg(ranked, gains) for ranked, gains in pairs),
        recall_at_100=fmean(recall(ranked, gains) for ranked, gains in pairs),
        mrr_at_10=fmean(reciprocal_rank(ranked, gains) for ranked, gains in pairs),
        p50_ms=percentile(seconds, 50) * 1000,
        p95_ms=percentile(seconds, 95) * 1000,
        passages=passages,
        queries=len(pairs),
    )


async def _ask_all(reader: Reader, test_set: TestSet, names: Mapping[UUID, str], mode: Mode) -> tuple[dict[str, list[str]], list[float]]:
    for text in list(test_set.questions.values())[:_WARMING]:
        await _ask(reader, text, mode)
    rankings: dict[str, list[str]] = {}
    seconds = []
    for question, text in test_set.questions.items():
        begun = time.perf_counter()
        hits = await _ask(reader, text, mode)
        seconds.append(time.perf_counter() - begun)
        rankings[question] = _documents(hits, names)
    return rankings, seconds


async def _ask(reader: Reader, text: str, mode: Mode) -> list[Hit]:
    return (await find(reader, Request(plain_question(text), _DEPTH, mode, is_exact=True))).hits


def _documents(hits: Sequence[Hit], names: Mapping[UUID, str]) -> list[str]:
    """Return the documents in the order of their best passages; what was folded into a hit stands right behind it."""
    found = (one for hit in hits for one in (hit.document_id, *(other.document_id for other in hit.alike)))
    return list(dict.fromkeys(names[one] for one in found))
