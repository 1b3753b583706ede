"""Gather what is stored: the text, its citations and how it came about."""

from langgraph.runtime import Runtime

from apps.chat.graph.context import AgentContext
from apps.chat.graph.prompts import ANSWER, FOLLOW_UP, SMALL_TALK, TOOLS
from apps.chat.graph.state import AgentState, Outcome


async def finish(state: AgentState, runtime: Runtime[AgentContext]) -> AgentState:
    draft = state["draft"]
    trace: dict[str, object] = {
        "query": state["query"],
        "queries": list(state.get("queries", ())),
        "tools": [
            {"round": number, "name": answer.call.name, "passages": len(answer.numbers), "chars": answer.chars, "is_error": answer.is_error}
            for number, one_round in enumerate(state.get("rounds", ()), start=1)
            for answer in one_round
        ],
        "prompts": _prompts(state, runtime.context),
        "passages": [{"id": one.id, "score": round(one.score, 4)} for one in state.get("passages", ())],
        "dropped_citation_count": draft.dropped_count,
        "sentences": [{"start": one.start, "end": one.end, "numbers": list(one.numbers), "support": one.support} for one in state["sentences"]],
        "input_tokens": draft.input_tokens,
        "output_tokens": draft.output_tokens,
    }
    outcome = Outcome(draft.text, state["citations"], runtime.context.should_stop(), trace)
    return {"outcome": outcome}


def _prompts(state: AgentState, context: AgentContext) -> list[str]:
    is_rewritten = not context.is_embedded and state["query"] != state["question"].strip()
    answered = [ANSWER, *([TOOLS] if context.tools is not None else [])] if state["needs_search"] else [SMALL_TALK]
    return [*answered, *([FOLLOW_UP] if is_rewritten else [])]
