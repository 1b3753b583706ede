"""Gather what is stored: the text, its citations and how it came about."""

from collections.abc import Iterator
from dataclasses import asdict

from langgraph.runtime import Runtime

from apps.chat.graph.context import AgentContext
from apps.chat.graph.evidence import THRESHOLD, evidence, is_enough
from apps.chat.graph.prompts import ANSWER, FOLLOW_UP, SMALL_TALK, TOOLS, VERIFY
from apps.chat.graph.state import AgentState, Outcome


async def finish(state: AgentState, runtime: Runtime[AgentContext]) -> AgentState:
    """The trace holds the questions that were asked of the library, numbers and ids: no text of a document, and none of the answer."""
    draft = state["draft"]
    trace: dict[str, object] = {
        "query": state["query"],
        "queries": list(state.get("queries", ())),
        "tools": [
            {"round": number, "name": answer.call.name, "passages": len(answer.numbers), "chars": answer.chars, "is_error": answer.is_error}
            for number, one_round in enumerate(state.get("rounds", ()), start=1)
            for answer in one_round
        ],
        "prompts": list(_prompts(state, runtime.context)),
        "passages": list(_passages(state, runtime.context)),
        "evidence": {"score": evidence(state.get("passages", ())), "threshold": THRESHOLD},
        "dropped_citation_count": draft.dropped_count,
        "sentences": [{**asdict(one), "numbers": list(one.numbers)} for one in state["sentences"]],
        "input_tokens": draft.input_tokens,
        "output_tokens": draft.output_tokens,
    }
    outcome = Outcome(draft.text, state["citations"], runtime.context.should_stop(), trace)
    return {"outcome": outcome}


def _prompts(state: AgentState, context: AgentContext) -> Iterator[str]:
    yield ANSWER if state["needs_search"] else SMALL_TALK
    if state["needs_search"] and context.tools is not None:
        yield TOOLS
    if not context.is_embedded and state["query"] != state["question"].strip():
        yield FOLLOW_UP
    if state.get("is_judged"):
        yield VERIFY


def _passages(state: AgentState, context: AgentContext) -> Iterator[dict[str, object]]:
    """What was found, the best first, and what became of it."""
    cited = {one.passage.id for one in state["citations"]}
    passages = state.get("passages", ())
    is_refused = not is_enough(passages) and context.tools is None
    for passage in passages:
        fate = "cited" if passage.id in cited else "below_threshold" if is_refused else "not_cited"
        yield {"id": passage.id, "score": round(passage.score, 4), "fate": fate}
