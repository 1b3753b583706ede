"""Make the question stand alone, see whether it needs the library at all, and what parts it has."""

import re
from collections.abc import Sequence

from langgraph.runtime import Runtime

from apps.chat.graph.context import AgentContext, Turn
from apps.chat.graph.limits import Spent
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
_NEXT_QUESTION = re.compile(r"(?<=[?？])\s+|,?\s+(?=and (?:what|who|when|where|why|which|how)\b)", re.IGNORECASE)
# What a part has to have to be a question of its own.
_ASKS = re.compile(r"[?？]$|^(?:and )?(?:what|who|when|where|why|which|how|is|are|do|does|can|may)\b", re.IGNORECASE)
_AND = re.compile(r"^and ", re.IGNORECASE)
QUERIES_MAX = 3
_SHORT_WORDS = 4
_LOOK_BACK = 3
_QUOTED_CHARS = 600
_QUERY_CHARS = 2_000


async def understand(state: AgentState, runtime: Runtime[AgentContext]) -> AgentState:
    """Sets `needs_search`, `query` and `queries`. A model is asked only for a follow-up, and only a connected one."""
    question, history = state["question"].strip(), state.get("history", ())
    context = runtime.context
    if _SMALL_TALK.fullmatch(question):
        return {"needs_search": False, "query": question, "queries": ()}
    if context.is_embedded:
        query = join_with_earlier(question, history)
        return {"needs_search": True, "query": query, "queries": (query,)}
    spent = Spent()
    if history:
        rewritten, spent = await unless_stopped(_rewrite(question, state, context), context.stop, (question, spent))
        question = rewritten or question
    return {"needs_search": True, "query": question, "queries": split_question(question), "spent": spent}


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


def split_question(question: str) -> tuple[str, ...]:
    """The questions that one text asks, three at most; the text itself where it asks one thing, or more than that.

    Cheap rules: a question mark ends a question, and "and" begins one before a question word. A part that leans on the one before
    ("and who pays it?") gets its words.
    """
    parts = [part.strip(" ,;") for part in _NEXT_QUESTION.split(question)]
    parts = [part for part in parts if part]
    is_several = 1 < len(parts) <= QUERIES_MAX and all(_ASKS.search(part) for part in parts)
    if not is_several:
        return (question,)
    whole: list[str] = []
    for part in parts:
        alone = _AND.sub("", part)
        whole.append(f"{whole[-1]} {part}" if whole and leans_back(alone) else alone)
    return tuple(whole)


async def _rewrite(question: str, state: AgentState, context: AgentContext) -> tuple[str, Spent]:
    turns = state.get("history", ())[-_LOOK_BACK:]
    told = [f"In short, before: {state['summary']}"] if state.get("summary") else []
    told += [f"Question: {turn.question}\nAnswer: {strip_marks(turn.answer)[:_QUOTED_CHARS]}" for turn in turns]
    messages = [
        ChatMessage("system", load_prompt(FOLLOW_UP)),
        ChatMessage("user", "\n\n".join([*told, f"Last question: {question}"])),
    ]
    written, usage = "", None
    async for chunk in until_stopped(context.complete(messages, prompt=FOLLOW_UP), context.stop):
        written += chunk.text
        usage = chunk.usage or usage
    return " ".join(written.split())[:_QUERY_CHARS].strip("\"' "), Spent().plus(usage)
