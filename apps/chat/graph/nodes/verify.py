"""Hold every sentence of the answer against what it cites, and find the very words that back it."""

from collections.abc import Sequence
from functools import reduce

from langgraph.runtime import Runtime

from apps.chat.graph import phrases
from apps.chat.graph.claims import Claim, read_claims
from apps.chat.graph.context import AgentContext, FoundPassage
from apps.chat.graph.judging import judge
from apps.chat.graph.likeness import compare
from apps.chat.graph.state import AgentState, CheckedCitation
from apps.chat.graph.stopping import unless_stopped
from apps.chat.graph.support import Backing, better


async def verify(state: AgentState, runtime: Runtime[AgentContext]) -> AgentState:
    """Never delays text: all of it has been sent before this begins. Neither vectors nor a judge that fails do the answer any harm.

    1. Words, numbers and what is denied, of every sentence.
    2. Likeness of meaning, of what is no quote.
    3. The connected language model, of what is still in doubt.
    """
    draft, context = state["draft"], runtime.context
    claims, others = read_claims(draft, is_about_library=state["needs_search"])
    is_judged = False
    if draft.sources and not context.should_stop():
        context.emit.started_stage("checking", phrases.checking())
        is_judged = await unless_stopped(_look_closer(claims, context), context.stop, otherwise=False)
    sentences = tuple(sorted([claim.checked() for claim in claims] + others, key=lambda one: one.start))
    citations = tuple(_citation(number, passage, claims) for number, passage in draft.sources.items())
    return {"citations": citations, "sentences": sentences, "is_judged": is_judged}


async def _look_closer(claims: Sequence[Claim], context: AgentContext) -> bool:
    if context.embed is not None:
        await compare(claims, context.embed)
        for claim in claims:
            claim.weigh()
    return context.complete_object is not None and await judge(claims, context.complete_object)


def _citation(number: int, passage: FoundPassage, claims: Sequence[Claim]) -> CheckedCitation:
    backings = [claim.backing_of(number) for claim in claims if number in claim.passages]
    best = reduce(lambda one, other: better(one, other, passage.text), backings or [Backing(0, len(passage.text), 0.0, "unsupported")])
    return CheckedCitation(number, passage, best.start, best.end, best.support)
