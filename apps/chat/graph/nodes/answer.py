"""Write the answer, from the passages and nothing else."""

from collections.abc import AsyncIterator, Sequence

from langgraph.runtime import Runtime

from apps.chat.graph import phrases
from apps.chat.graph.context import AgentContext, FoundPassage, Turn
from apps.chat.graph.evidence import is_enough
from apps.chat.graph.marks import neutralise_marks, strip_marks
from apps.chat.graph.prompts import ANSWER, SMALL_TALK, load_prompt
from apps.chat.graph.state import AgentState
from apps.chat.graph.stopping import until_stopped
from apps.chat.graph.writing import AnswerWriter
from apps.gateway.types import ChatMessage, Chunk, PassageBlock, TextBlock

_HISTORY_TURNS = 3
_HISTORY_CHARS = 2_000


async def answer(state: AgentState, runtime: Runtime[AgentContext]) -> AgentState:
    context = runtime.context
    passages = state.get("passages", ())
    writer = AnswerWriter(context, passages)
    if context.should_stop():
        return {"draft": writer.draft()}
    if not state["needs_search"]:
        await _small_talk(state["question"], context, writer)
    elif not is_enough(passages):
        writer.say(phrases.NO_ANSWER)
        _name_the_nearest(passages, context, writer)
    else:
        await _stream(context.complete(_messages(state, passages), prompt=ANSWER, question=state["query"]), context, writer)
        _name_the_nearest(passages, context, writer)
    return {"draft": writer.draft()}


async def _small_talk(question: str, context: AgentContext, writer: AnswerWriter) -> None:
    if context.is_embedded:
        is_thanks = question.lower().startswith(("thank", "thx", "cheers"))
        writer.say(phrases.WELCOME if is_thanks else phrases.GREETING)
        return
    messages = [ChatMessage("system", load_prompt(SMALL_TALK)), ChatMessage("user", question)]
    await _stream(context.complete(messages, prompt=SMALL_TALK), context, writer)


async def _stream(chunks: AsyncIterator[Chunk], context: AgentContext, writer: AnswerWriter) -> None:
    async for chunk in until_stopped(chunks, context.stop):
        writer.feed(chunk)
    writer.close()


def _messages(state: AgentState, passages: Sequence[FoundPassage]) -> list[ChatMessage]:
    history = [message for turn in state.get("history", ())[-_HISTORY_TURNS:] for message in _earlier(turn)]
    blocks = [
        PassageBlock(type="passage", number=number, title=passage.title, place=passage.place, text=neutralise_marks(passage.text))
        for number, passage in enumerate(passages, start=1)
    ]
    question = TextBlock(type="text", text=state["query"])
    return [ChatMessage("system", load_prompt(ANSWER)), *history, ChatMessage("user", [question, *blocks])]


def _earlier(turn: Turn) -> list[ChatMessage]:
    return [
        ChatMessage("user", turn.question[:_HISTORY_CHARS]),
        ChatMessage("assistant", strip_marks(turn.answer)[:_HISTORY_CHARS]),
    ]


def _name_the_nearest(passages: Sequence[FoundPassage], context: AgentContext, writer: AnswerWriter) -> None:
    has_no_answer = not writer.has_citations and writer.text.strip() == phrases.NO_ANSWER
    if has_no_answer and passages and not context.should_stop():
        writer.say(f"\n\n{phrases.nearest([passage.title for passage in passages])}")
