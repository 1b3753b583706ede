"""Make the question stand alone, and see whether it needs the library at all."""

import re
from collections.abc import Sequence

from langgraph.runtime import Runtime

from apps.chat.graph.context import AgentContext, Turn
from apps.chat.graph.marks import strip_marks
from apps.chat.graph.prompts import FOLLOW_UP, load_prompt
from apps.chat.graph.state import AgentState
from apps.chat.graph.stopping import unless_stopped, until_stopped
from apps.gateway.types import ChatMessage

_SMALL_TALK = re.compile(
    r"(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening|day)|thanks|thank you|thx|cheers|bye|goodbye)"
    r"(?:[ ,]+(?:there|quire|again|everyone|all|very much|so much|a lot|you))*[ .!,]*",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"\b(?:it|its|this|that|these|those|they|them|their|he|she|him|her|his|there|one|ones|same|former|latter|else|also)\b"
    r"|^(?:and|but|or|so|why|how so|what about|how about|then)\b",
    re.IGNORECASE,
)
_SHORT_WORDS = 4
_LOOK_BACK = 3
_QUOTED_CHARS = 600
_QUERY_CHARS = 2_000


async def understand(state: AgentState, runtime: Runtime[AgentContext]) -> AgentState:
    """Sets `needs_search` and `query`. A model is asked only for a follow-up, and only a connected one."""
    question = state["question"].strip()
    history = state.get("history", ())
    if _SMALL_TALK.fullmatch(question):
        return {"needs_search": False, "query": question}
    if not history:
        return {"needs_search": True, "query": question}
    if runtime.context.is_embedded:
        return {"needs_search": True, "query": join_with_earlier(question, history)}
    rewritten = await unless_stopped(_rewrite(question, history, runtime.context), runtime.context.stop, question)
    return {"needs_search": True, "query": rewritten or question}


def join_with_earlier(question: str, history: Sequence[Turn]) -> str:
    """Put the earlier questions' words before a follow-up that leans on them; others stay as they are."""
    parts = [question]
    for turn in reversed(history[-_LOOK_BACK:]):
        if not leans_back(parts[0]):
            break
        parts.insert(0, turn.question)
    return " ".join(parts)


def leans_back(question: str) -> bool:
    return len(question.split()) <= _SHORT_WORDS or bool(_POINTS_BACK.search(question))


async def _rewrite(question: str, history: Sequence[Turn], context: AgentContext) -> str:
    earlier = "\n\n".join(f"Question: {turn.question}\nAnswer: {strip_marks(turn.answer)[:_QUOTED_CHARS]}" for turn in history[-_LOOK_BACK:])
    messages = [
        ChatMessage("system", load_prompt(FOLLOW_UP)),
        ChatMessage("user", f"{earlier}\n\nLast question: {question}"),
    ]
    written = ""
    async for chunk in until_stopped(context.complete(messages, prompt=FOLLOW_UP), context.stop):
        written += chunk.text
    return " ".join(written.split())[:_QUERY_CHARS].strip("\"' ")
