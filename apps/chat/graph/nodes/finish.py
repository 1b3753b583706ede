"""Gather what is stored: the text, its citations and how it came about."""

from langgraph.runtime import Runtime

from apps.chat.graph.context import AgentContext
from apps.chat.graph.prompts import ANSWER, FOLLOW_UP, SMALL_TALK
from apps.chat.graph.state import AgentState, Outcome


async def finish(state: AgentState, runtime: Runtime[AgentContext]) -> AgentState:
    draft = state["draft"]
    trace: dict[str, object] = {
        "query": state["query"],
        "prompts": [ANSWER if state["needs_search"] else SMALL_TALK, *([FOLLOW_UP] if _is_rewritten(state, runtime.context) else [])],
        "passages": [{"id": one.id, "score": round(one.score, 4)} for one in state.get("passages", ())],
        "dropped_citation_count": draft.dropped_count,
        "sentences": [{"start": one.start, "end": one.end, "numbers": list(one.numbers), "support": one.support} for one in state["sentences"]],
        "input_tokens": draft.input_tokens,
        "output_tokens": draft.output_tokens,
    }
    outcome = Outcome(draft.text, state["citations"], runtime.context.should_stop(), trace)
    return {"outcome": outcome}


def _is_rewritten(state: AgentState, context: AgentContext) -> bool:
    return not context.is_embedded and state["query"] != state["question"].strip()
