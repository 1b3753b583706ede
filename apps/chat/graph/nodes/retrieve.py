"""Find passages, as the asker and with the asker's rights."""

from langgraph.runtime import Runtime

from apps.chat.graph import phrases
from apps.chat.graph.context import AgentContext, FoundPassage
from apps.chat.graph.state import AgentState
from apps.chat.graph.stopping import unless_stopped

# A connected model weighs more passages than the embedded one, which reads each sentence closely.
PASSAGE_COUNT = 8
EMBEDDED_PASSAGE_COUNT = 5


async def retrieve(state: AgentState, runtime: Runtime[AgentContext]) -> AgentState:
    context = runtime.context
    context.emit.started_stage("searching", phrases.searching())
    found = await unless_stopped(_search(state["query"], context), context.stop, ())
    if found:
        documents = {passage.document_id for passage in found}
        context.emit.started_stage("reading", phrases.reading(len(found), len(documents)))
    return {"passages": found}


async def _search(query: str, context: AgentContext) -> tuple[FoundPassage, ...]:
    limit = EMBEDDED_PASSAGE_COUNT if context.is_embedded else PASSAGE_COUNT
    return tuple(await context.search(query, limit))
