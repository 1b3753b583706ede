"""Gather what is stored: the text, its citations and how it came about."""

from collections.abc import Iterator
from dataclasses import asdict

from langgraph.runtime import Runtime

from apps.chat.graph.context import AgentContext
from apps.chat.graph.evidence import THRESHOLD, evidence, is_enough
from apps.chat.graph.prompts import ANSWER, FOLLOW_UP, SMALL_TALK, VERIFY
from apps.chat.graph.state import AgentState, Outcome


async def finish(state: AgentState, runtime: Runtime[AgentContext]) -> AgentState:
    """The trace holds the questions that were asked of the library, numbers and ids: no text of a document, and none of the answer."""
    draft = state["draft"]
    trace: dict[str, object] = {
        "query": state["query"],
        "prompts": list(_prompts(state, runtime.context)),
        "passages": list(_passages(state)),
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
    if not context.is_embedded and state["query"] != state["question"].strip():
        yield FOLLOW_UP
    if state.get("is_judged"):
        yield VERIFY


def _passages(state: AgentState) -> Iterator[dict[str, object]]:
    """What was found, the best first, and what became of it."""
    cited = {one.passage.id for one in state["citations"]}
    passages = state.get("passages", ())
    for passage in passages:
        fate = "cited" if passage.id in cited else "not_cited" if is_enough(passages) else "below_threshold"
        yield {"id": passage.id, "score": round(passage.score, 4), "fate": fate}
