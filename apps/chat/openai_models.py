"""The library as models of the OpenAI-compatible API: `quire` asks all that the key's owner reads, `quire/<slug>` one collection of it.

Each call is a run of its own, as the key: it survives whoever asked, is limited like every question, and cites.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from time import monotonic
from typing import Any
from uuid import UUID

from apps.accounts.limits import limit_asking
from apps.accounts.types import Reader
from apps.chat.citing_text import Citing, cite, without_sources
from apps.chat.errors import AnswerPending, AnswerRestarted
from apps.chat.feed import RunFeed
from apps.chat.models import Run
from apps.chat.selectors.answers import get_cited_answer
from apps.chat.services.asking import ASKING, Turn, ask_question
from apps.chat.services.waiting import wait_for_run
from apps.chat.text import storable
from apps.chat.visit import confirm
from apps.common.db import run_db
from apps.common.errors import Invalid
from apps.documents.selectors import list_readable_collections
from apps.gateway.model_sources import SourcedAnswer
from apps.gateway.types import ChatMessage, ChatRequest, Chunk, Usage

NAME = "quire"
PREFIX = f"{NAME}/"
# As long as the official client waits by default.
WAIT_SECONDS = 600.0
EARLIER_TURNS = 6
EARLIER_CHARS = 4_000
# What would make another kind of answer. How a model is to choose its words (temperature, max_tokens, ...) is the agent's own affair.
_REFUSED = frozenset({"tools", "tool_choice", "parallel_tool_calls", "response_format", "stop", "logprobs", "top_logprobs", "logit_bias"})
# What these parameters may be all the same, as it asks for nothing.
_PLAIN: Mapping[str, tuple[Any, ...]] = {"tool_choice": ("none",), "response_format": ({"type": "text"},), "logprobs": (False,)}
NOT_READY = "The answer was not ready in ten minutes. It is still being written."
BEGUN_ANEW = "The answer was begun anew in another process, and what was sent of it cannot be taken back. Ask again."


class LibraryModels:
    """Registered with the gateway: see `apps.gateway.model_sources`."""

    async def list_names(self, reader: Reader) -> Sequence[str]:
        if not all(reader.can(right) for right in ASKING):
            return []
        return [NAME, *(f"{PREFIX}{one.slug}" for one in await run_db(list_readable_collections, reader))]

    async def open(self, reader: Reader, asked: ChatRequest) -> SourcedAnswer | None:
        if asked.model != NAME and not asked.model.startswith(PREFIX):
            return None
        # Before anything is looked up: whoever lacks a right learns of it, and of no collection.
        reader.require_all(*ASKING)
        _refuse_parameters(asked.parameters)
        question, earlier = read_turns(asked.messages)
        run = await run_db(_ask, reader, asked.model, question, earlier)
        if run is None:
            return None
        tell = _tell_streamed if asked.is_streamed else _tell_whole
        return SourcedAnswer(run.pk, tell(reader, run.pk), {"x-quire-run": str(run.pk)})


def read_turns(messages: Sequence[ChatMessage]) -> tuple[str, list[Turn]]:
    """Return the last message, which has to be a user's, as the question, and the turns before it.

    What a program says to the model as its system goes nowhere: how the library is answered from is Quire's to say.
    """
    if not messages or messages[-1].role != "user":
        raise Invalid("The last of the 'messages' has to be the user's: it is the question.", param="messages")
    turns: list[Turn] = []
    asked = ""
    for message in messages[:-1]:
        if message.role == "user":
            asked = _text_of(message)
        elif message.role == "assistant" and asked and (answer := without_sources(_text_of(message))):
            turns.append((storable(asked)[:EARLIER_CHARS], storable(answer)[:EARLIER_CHARS]))
            asked = ""
    if not isinstance(messages[-1].content, str) and any(block["type"] != "text" for block in messages[-1].content):
        raise Invalid("A question to the library is text alone.", param=f"messages[{len(messages) - 1}].content")
    return _text_of(messages[-1]), turns[-EARLIER_TURNS:]


def _text_of(message: ChatMessage) -> str:
    if isinstance(message.content, str):
        return message.content
    return "".join(block["text"] for block in message.content if block["type"] == "text")


def _refuse_parameters(parameters: Mapping[str, Any]) -> None:
    for name in sorted(_REFUSED & parameters.keys()):
        if parameters[name] not in _PLAIN.get(name, ()):
            raise Invalid(f"'{name}' is not for {NAME}: it answers from the library, in words of its own and with citations.", param=name)


def _ask(reader: Reader, name: str, question: str, earlier: Sequence[Turn]) -> Run | None:
    collection_id = None
    if name != NAME:
        slug = name.removeprefix(PREFIX)
        collection_id = next((one.pk for one in list_readable_collections(reader) if one.slug == slug), None)
        if collection_id is None:
            return None
    limit_asking(reader)
    return ask_question(reader, text=question, collection_id=collection_id, earlier=earlier)


async def _tell_whole(reader: Reader, run_id: UUID) -> AsyncGenerator[Chunk, None]:
    """The answer as it was stored, once it is."""
    if not await wait_for_run(run_id, WAIT_SECONDS, partial(confirm, reader, "")):
        raise AnswerPending(NOT_READY, run_id=str(run_id))
    cited, usage = await run_db(_read_end, reader, run_id)
    yield Chunk(cited.text)
    for chunk in _closing(cited, usage):
        yield chunk


async def _tell_streamed(reader: Reader, run_id: UUID) -> AsyncGenerator[Chunk, None]:
    """The text as it comes; at the end what of the stored answer was not told yet, the sources and the usage."""
    told = ""
    async with aclosing(_texts(reader, run_id)) as texts:
        async for text in texts:
            if text is None and told:
                raise AnswerRestarted(BEGUN_ANEW)
            # An answer is stored without the white space around it.
            text = (text or "") if told else (text or "").lstrip()
            if text:
                told += text
                yield Chunk(text)
    cited, usage = await run_db(_read_end, reader, run_id)
    if not cited.text.startswith(told) and cited.text != told.rstrip():
        raise AnswerRestarted(BEGUN_ANEW)
    yield Chunk(cited.text[len(told) :])
    for chunk in _closing(cited, usage):
        yield chunk


async def _texts(reader: Reader, run_id: UUID) -> AsyncGenerator[str | None, None]:
    """What streams of the answer, until its end; None where an attempt begins."""
    give_up_at = monotonic() + WAIT_SECONDS
    async with RunFeed(reader, run_id, 0, partial(confirm, session_key="")) as feed:
        while True:
            event = await feed.take(max(0.0, give_up_at - monotonic()))
            if event is None:
                if feed.is_over:
                    return
                raise AnswerPending(NOT_READY, run_id=str(run_id))
            if event["type"] == "run.started":
                yield None
            elif event["type"] == "text.delta":
                yield event["text"]


def _read_end(reader: Reader, run_id: UUID) -> tuple[Citing, Usage]:
    answer = get_cited_answer(confirm(reader, ""), run_id)
    return cite(answer.text, answer.sources), answer.usage


def _closing(cited: Citing, usage: Usage) -> list[Chunk]:
    sources = [Chunk(cited.sources, extra={"annotations": cited.annotations})] if cited.sources else []
    return [*sources, Chunk("", usage, "stop")]
