"""Find passages, as the asker and with the asker's rights."""

import asyncio
from collections.abc import Sequence
from itertools import chain, zip_longest

from langgraph.runtime import Runtime

from apps.chat.graph import phrases
from apps.chat.graph.context import AgentContext, FoundPassage
from apps.chat.graph.state import AgentState
from apps.chat.graph.stopping import unless_stopped

# A connected model weighs more passages than the embedded one, which reads each sentence closely.
PASSAGE_COUNT = 8
EMBEDDED_PASSAGE_COUNT = 5
# Of a question in several parts, for all of them together.
PARTS_PASSAGE_COUNT = 12


async def retrieve(state: AgentState, runtime: Runtime[AgentContext]) -> AgentState:
    context = runtime.context
    context.emit.started_stage("searching", phrases.searching())
    found = await unless_stopped(_search(state.get("queries") or (state["query"],), context), context.stop, ())
    if found:
        documents = {passage.document_id for passage in found}
        context.emit.started_stage("reading", phrases.reading(len(found), len(documents)))
    return {"passages": found}


async def _search(queries: Sequence[str], context: AgentContext) -> tuple[FoundPassage, ...]:
    """Once for each part of the question, at the same time."""
    limit = EMBEDDED_PASSAGE_COUNT if context.is_embedded else PASSAGE_COUNT
    lists = await asyncio.gather(*(context.search(query, limit) for query in queries))
    return merge(lists)[: limit if len(queries) == 1 else PARTS_PASSAGE_COUNT]


def merge(lists: Sequence[Sequence[FoundPassage]]) -> tuple[FoundPassage, ...]:
    """The best of each list, then the second best of each, and so on, those of one rank by their score; none twice.

    Scores of two questions are no measure of each other, so no part takes another's places.
    """
    in_order = chain.from_iterable(sorted(filter(None, rank), key=lambda passage: -passage.score) for rank in zip_longest(*lists))
    merged: dict[int, FoundPassage] = {}
    for passage in in_order:
        merged.setdefault(passage.id, passage)
    return tuple(merged.values())
