"""Find passages, as the asker and with the asker's rights."""

from langgraph.runtime import Runtime

from apps.chat.graph import phrases
from apps.chat.graph.context import AgentContext, FoundPassage
from apps.chat.graph.state import AgentState
from apps.chat.graph.stopping import unless_stopped

PASSAGE_COUNT = 8


async def retrieve(state: AgentState, runtime: Runtime[AgentContext]) -> AgentState:
    context = runtime.context
    context.emit.started_stage("searching", phrases.searching())
    found = await unless_stopped(_search(state["query"], context), context.stop, ())
    if found:
        documents = {passage.document_id for passage in found}
        context.emit.started_stage("reading", phrases.reading(len(found), len(documents)))
    return {"passages": found}


async def _search(query: str, context: AgentContext) -> tuple[FoundPassage, ...]:
    return tuple(await context.search(query, PASSAGE_COUNT))
