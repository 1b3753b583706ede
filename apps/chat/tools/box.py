"""The tools of one run: those that its asker has the right for, each call checked, timed, cut, and answered in words whatever happens."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from uuid import UUID

from django.db import Error as DatabaseTrouble

from apps.accounts.types import Reader
from apps.chat.errors import RightsChanged
from apps.chat.graph.context import FoundPassage, ToolResult, ToolSpec
from apps.chat.services.asker import Asker
from apps.chat.text import shorten
from apps.chat.tools import TOOLS
from apps.chat.tools.arguments import read_arguments
from apps.chat.tools.base import EVERYTHING, ModelTool, Use
from apps.common.errors import Invalid, QuireError
from apps.documents.search import Filters
from apps.gateway.types import ToolCall

logger = logging.getLogger(__name__)

CALL_SECONDS = 20.0
STAGE_CHARS = 100


class RunToolbox:
    """As the graph's `Toolbox`. What a tool finds is held by the asker, so that the run ends with the right to see it."""

    def __init__(self, reader: Reader, asker: Asker, run_id: UUID, within: Filters = EVERYTHING) -> None:
        self._asker = asker
        self._run_id = run_id
        self._within = within
        self._tools = {name: tool for name, tool in TOOLS.items() if isinstance(tool, ModelTool) and reader.can(tool.permission)}

    @property
    def offered(self) -> Sequence[ToolSpec]:
        return [tool.spec for tool in self._tools.values()]

    def describe(self, call: ToolCall) -> tuple[str, str]:
        tool = self._tools.get(call.name)
        if tool is None:
            return "tool.unknown", "Trying something that is not there"
        try:
            words = tool.say(read_arguments(tool.fields, call.arguments))
        except Invalid:
            words = "Trying again"
        return f"tool.{tool.name}", shorten(words, STAGE_CHARS)

    def _key_of(self, call: ToolCall, position: int) -> str:
        """The same for the same call done again, and another one where a run that was begun anew asks for something else in its place."""
        said = sha256(f"{call.name}\0{call.arguments}".encode()).hexdigest()[:16]
        return f"{self._run_id}:{position}:{said}"

    async def use(self, call: ToolCall, position: int) -> ToolResult:
        """Raises RightsChanged and what the database raises; all else is told to the model."""
        tool = self._tools.get(call.name)
        if tool is None:
            return _failed(f"There is no such tool. There are: {', '.join(self._tools)}.")
        try:
            arguments = read_arguments(tool.fields, call.arguments)
            use: Use = tool.make(self._asker.who, self._within)
            async with asyncio.timeout(CALL_SECONDS):
                result = await use(arguments, self._key_of(call, position) if tool.has_side_effects else "")
        except (RightsChanged, DatabaseTrouble):
            raise
        except TimeoutError:
            return _failed(f"{tool.name} took longer than {CALL_SECONDS:.0f} seconds and was ended.")
        except QuireError as error:
            return _failed(error.detail or error.title)
        except Exception:
            # The edge between a tool and its run: one that is broken ends no answer.
            logger.exception("tool.crashed", extra={"tool": tool.name})
            return _failed(f"{tool.name} failed.")
        await self._asker.hold(result.passages, result.documents)
        return _cut(result, tool.chars_max)


def _failed(words: str) -> ToolResult:
    return ToolResult(words, is_error=True)


def _cut(result: ToolResult, chars_max: int) -> ToolResult:
    """A tool pages by itself; what is still too long ends here, with a word about it."""
    room = chars_max
    kept: list[FoundPassage] = []
    for passage in result.passages:
        room -= len(passage.text)
        if kept and room < 0:
            break
        kept.append(replace(passage, text=passage.text[:chars_max]))
    is_cut = len(kept) < len(result.passages) or len(result.text) > chars_max
    note = "\n(Cut here: there is more. Ask for less at a time.)" if is_cut else ""
    return replace(result, text=result.text[:chars_max] + note, passages=tuple(kept))
