"""Write the answer, from the passages and nothing else."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from langgraph.runtime import Runtime

from apps.chat.graph import phrases
from apps.chat.graph.calling import CallReader, given_at_first, round_messages
from apps.chat.graph.context import AgentContext, FoundPassage, ToolSpec, Turn
from apps.chat.graph.evidence import is_enough
from apps.chat.graph.limits import Spent
from apps.chat.graph.marks import strip_marks
from apps.chat.graph.nodes.use_tools import used_chars
from apps.chat.graph.prompts import ANSWER, SMALL_TALK, TOOLS, load_prompt
from apps.chat.graph.state import AgentState
from apps.chat.graph.stopping import until_stopped
from apps.chat.graph.writing import AnswerWriter
from apps.gateway.types import ChatMessage, Chunk, TextBlock

NO_PASSAGES = "No passages were found for this question."
SUM_UP = "Sum up our conversation so far."
_HISTORY_TURNS = 3
_HISTORY_CHARS = 2_000


async def answer(state: AgentState, runtime: Runtime[AgentContext]) -> AgentState:
    """One call of the model: text first is the answer, calls of tools first are handed on in `calls`."""
    context = runtime.context
    passages = state.get("passages", ())
    writer, reader = AnswerWriter(context, passages), CallReader()
    spent = state.get("spent", Spent())
    if context.should_stop():
        return {"draft": writer.draft(), "calls": ()}
    if not state["needs_search"]:
        await _small_talk(state["question"], context, writer)
    elif not is_enough(passages) and context.tools is None:
        writer.say(phrases.NO_ANSWER)
        _name_the_nearest(passages, context, writer)
    else:
        context.limits.require_more(spent)
        tools = _offered(state, context)
        await _stream(_ask(state, context, tools), context, writer, reader)
        calls = reader.calls(len(state.get("rounds", ()))) if tools and not writer.text and not context.should_stop() else ()
        if calls:
            return {"draft": writer.draft(), "calls": calls, "spent": spent.plus(writer.usage)}
        _name_the_nearest(passages, context, writer)
    spent = spent.plus(writer.usage)
    draft = replace(writer.draft(), input_tokens=spent.input_tokens, output_tokens=spent.output_tokens)
    return {"draft": draft, "calls": (), "spent": spent}


async def _small_talk(question: str, context: AgentContext, writer: AnswerWriter) -> None:
    if context.is_embedded:
        is_thanks = question.lower().startswith(("thank", "thx", "cheers"))
        writer.say(phrases.WELCOME if is_thanks else phrases.GREETING)
        return
    messages = [ChatMessage("system", load_prompt(SMALL_TALK)), ChatMessage("user", question)]
    await _stream(context.complete(messages, prompt=SMALL_TALK), context, writer)


async def _stream(chunks: AsyncIterator[Chunk], context: AgentContext, writer: AnswerWriter, reader: CallReader | None = None) -> None:
    async for chunk in until_stopped(chunks, context.stop):
        if reader is not None:
            reader.feed(chunk.tool_calls)
        writer.feed(chunk)
    writer.close()


def _offered(state: AgentState, context: AgentContext) -> Sequence[ToolSpec]:
    """None once a cap is reached: then the model answers from what there is."""
    rounds = state.get("rounds", ())
    is_over = len(rounds) >= context.limits.rounds or used_chars(rounds) >= context.limits.tool_chars or context.clock() >= context.tools_until
    return () if context.tools is None or is_over else context.tools.offered


def _ask(state: AgentState, context: AgentContext, tools: Sequence[ToolSpec]) -> AsyncIterator[Chunk]:
    prompt = f"{ANSWER}+{TOOLS}" if tools else ANSWER
    system = "\n\n".join(load_prompt(name) for name in prompt.split("+"))
    passages, rounds = state.get("passages", ()), state.get("rounds", ())
    earlier = [message for turn in _turns(state) for message in _earlier(turn)]
    question = TextBlock(type="text", text=state["query"] if passages else f"{NO_PASSAGES}\n\n{state['query']}")
    asked = ChatMessage("user", [question, *given_at_first(passages, rounds)])
    messages = [ChatMessage("system", system), *earlier, asked, *round_messages(passages, rounds)]
    # An answer that tools had a part in hangs on more than its question.
    return context.complete(messages, prompt=prompt, question="" if rounds else state["query"], tools=tools)


def _turns(state: AgentState) -> list[Turn]:
    """What was said before. A model wrote the summary, so it is told as a model's words and never as our own."""
    summed = [Turn(SUM_UP, state["summary"])] if state.get("summary") else []
    return [*summed, *state.get("history", ())[-_HISTORY_TURNS:]]


def _earlier(turn: Turn) -> list[ChatMessage]:
    return [
        ChatMessage("user", turn.question[:_HISTORY_CHARS]),
        ChatMessage("assistant", strip_marks(turn.answer)[:_HISTORY_CHARS]),
    ]


def _name_the_nearest(passages: Sequence[FoundPassage], context: AgentContext, writer: AnswerWriter) -> None:
    if context.should_stop():
        return
    if not writer.text.strip():
        writer.say(phrases.NO_ANSWER)
    if not writer.has_citations and writer.text.strip() == phrases.NO_ANSWER and passages:
        writer.say(f"\n\n{phrases.nearest([passage.title for passage in passages])}")
