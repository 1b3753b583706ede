"""A conversation that grew long is summed up by a connected model, beside the answer that is being written.

The next question reads the summary and the last turns. Nothing hangs on it: what fails is tried again with the next question.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from django.db import Error as DatabaseTrouble

from apps.chat.graph.context import Complete
from apps.chat.graph.marks import strip_marks
from apps.chat.graph.prompts import SUMMARY, load_prompt
from apps.chat.models import Conversation
from apps.chat.selectors.briefs import RunBrief, TalkSoFar
from apps.chat.text import storable
from apps.common.db import run_db
from apps.common.errors import QuireError
from apps.gateway.types import ChatMessage

logger = logging.getLogger(__name__)

# So many turns, or so much text, that no summary reaches is too much; so many of the last are left for the next time.
TURNS_MAX, CHARS_MAX, TURNS_LEFT = 8, 24_000, 3
TURN_CHARS, SUMMARY_CHARS = 2_000, 4_000
# How long an ending waits for it.
PATIENCE_SECONDS = 5.0


@asynccontextmanager
async def summarising(brief: RunBrief, complete: Complete) -> AsyncIterator[None]:
    """Sum up beside the work inside, where it is time to; what is not done soon after that work is left."""
    talk = brief.conversation
    if talk is None or brief.model.is_embedded or not is_long(talk):
        yield
        return
    task = asyncio.create_task(_summarise(talk, complete))
    try:
        yield
        await asyncio.wait({task}, timeout=PATIENCE_SECONDS)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def is_long(talk: TalkSoFar) -> bool:
    chars = sum(len(question) + len(answer) for question, answer in talk.turns)
    return len(talk.turns) > TURNS_LEFT and (len(talk.turns) >= TURNS_MAX or chars >= CHARS_MAX)


async def _summarise(talk: TalkSoFar, complete: Complete) -> None:
    try:
        if summary := await _write(talk, complete):
            await run_db(_store, talk, summary)
    except (QuireError, DatabaseTrouble) as error:
        logger.warning("conversation.not_summarised", extra={"reason": getattr(error, "code", type(error).__name__)})


async def _write(talk: TalkSoFar, complete: Complete) -> str:
    told = [f"Summary of what came before: {talk.summary}"] if talk.summary else []
    told += [f"Question: {question[:TURN_CHARS]}\nAnswer: {strip_marks(answer)[:TURN_CHARS]}" for question, answer in talk.turns[:-TURNS_LEFT]]
    messages = [ChatMessage("system", load_prompt(SUMMARY)), ChatMessage("user", "\n\n".join(told))]
    written = ""
    async for chunk in complete(messages, prompt=SUMMARY):
        written += chunk.text
    return strip_marks(storable(written))[:SUMMARY_CHARS]


def _store(talk: TalkSoFar, summary: str) -> None:
    """Unless another run has summed up more meanwhile: of two the first stands, so twice is the same as once."""
    until = talk.answers[-TURNS_LEFT - 1]
    Conversation.objects.filter(pk=talk.id, summarised_until=talk.until_id).update(summary=summary, summarised_until=until)
