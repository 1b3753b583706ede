"""How quick the product's search is, and how many of the truly nearest passages its leg of meaning finds."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from django.db import connection

from apps.accounts.types import Reader
from apps.documents.evaluation.measures import percentile
from apps.documents.models import Passage
from apps.documents.search import Filters, Mode, search
from apps.documents.search.legs import look_up_meaning, look_up_words
from apps.documents.search.question import plain_question
from apps.documents.search.types import Request
from apps.gateway.selectors import get_embedding_model
from apps.gateway.services import embed
from apps.gateway.types import Principal
from tools.searching.corpus import Numbers, Vectors
from tools.searching.library import TAG

ONE_PERCENT = Filters(tags=frozenset({TAG}))
AT_ONCE = 8
_BEST = 10
_READ_AT_ONCE = 20_000


def measure_one_at_a_time(reader: Reader, warming: Sequence[str], questions: Sequence[str]) -> dict[str, float]:
    """Percentiles in milliseconds, the question's embedding included. `warming` are other questions, asked before."""
    asyncio.run(_ask(reader, warming, 1))
    seconds, _whole = asyncio.run(_ask(reader, questions, 1))
    return {"p50_ms": percentile(seconds, 50) * 1000, "p95_ms": percentile(seconds, 95) * 1000}


def measure_at_once(reader: Reader, questions: Sequence[str]) -> float:
    """Return how many questions are answered in a second while so many are asked at any time."""
    _seconds, whole = asyncio.run(_ask(reader, questions, AT_ONCE))
    return len(questions) / whole


async def _ask(reader: Reader, questions: Sequence[str], at_once: int) -> tuple[list[float], float]:
    waiting: Iterator[str] = iter(questions)
    seconds: list[float] = []

    async def ask_on() -> None:
        for question in waiting:
            begun = time.perf_counter()
            if not await search(reader, question):
                raise RuntimeError(f"nothing was found for {question}")
            seconds.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*(ask_on() for _ in range(at_once)))
    return seconds, time.perf_counter() - begun


def embed_all(texts: Sequence[str]) -> Vectors:
    vectors: Vectors = asyncio.run(embed(Principal(None, None, "bench"), texts))
    return vectors


def measure_recall(reader: Reader, questions: Sequence[str], filters: Filters) -> float:
    """Return which part of the ten nearest passages that may be found the product's leg has among its first ten."""
    vectors = embed_all(questions)
    true = find_nearest(reader, vectors, filters)
    found = [_ask_leg(reader, question, vector, filters) for question, vector in zip(questions, vectors.tolist(), strict=True)]
    wanted = sum(len(one) for one in true)
    return sum(len(one & other) for one, other in zip(true, found, strict=True)) / wanted if wanted else 1.0


def _ask_leg(reader: Reader, question: str, vector: Sequence[float], filters: Filters) -> set[int]:
    words = look_up_words(reader, Request(plain_question(question, filters), mode=Mode.DENSE), get_embedding_model())
    return {pk for pk, _cosine in look_up_meaning(words, vector).near[:_BEST]}


def find_nearest(reader: Reader, vectors: Vectors, filters: Filters) -> list[set[int]]:
    """Compare every vector that may be found, in this process: nothing of the search takes part in it but `visible_to`."""
    best = np.full((len(vectors), 0), -2.0, dtype=np.float32)
    names: Numbers = np.zeros((len(vectors), 0), dtype=np.int64)
    for ids, some in _read_vectors(reader, filters):
        best = np.hstack([best, vectors @ some.T])
        names = np.hstack([names, np.broadcast_to(ids, (len(vectors), len(ids)))])
        order = np.argsort(-best, axis=1)[:, :_BEST]
        best, names = np.take_along_axis(best, order, 1), np.take_along_axis(names, order, 1)
    return [set(row) for row in names.tolist()]


def _read_vectors(reader: Reader, filters: Filters) -> Iterable[tuple[Numbers, Vectors]]:
    """Yield ids and vectors of all passages that may be found, some at a time."""
    passages = Passage.objects.visible_to(reader)
    if filters.tags is not None:
        passages = passages.filter(version__document__tags__contains=sorted(filters.tags))
    text, values = passages.order_by().values("pk").query.sql_with_params()
    query = f"COPY (SELECT passage_id, vector FROM documents_passageembedding WHERE model = %s AND passage_id IN ({text})) TO STDOUT (FORMAT binary)"
    with connection.cursor() as cursor, cursor.copy(query, [get_embedding_model().name, *values]) as copy:
        copy.set_types(["int8", "bytea"])
        rows: list[tuple[int, bytes]] = []
        for row in copy.rows():
            rows.append((row[0], row[1]))
            if len(rows) == _READ_AT_ONCE:
                yield _unpack(rows)
                rows = []
        if rows:
            yield _unpack(rows)


def _unpack(rows: Sequence[tuple[int, bytes]]) -> tuple[Numbers, Vectors]:
    """pgvector's half vectors begin with their dimension and two empty bytes."""
    vectors = np.frombuffer(b"".join(data[4:] for _pk, data in rows), dtype=">f2").reshape(len(rows), -1).astype(np.float32)
    return np.array([pk for pk, _data in rows]), vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
