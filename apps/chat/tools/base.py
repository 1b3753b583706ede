"""What a tool is."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.accounts.services.audit import refuse
from apps.accounts.types import Reader
from apps.chat.graph.context import ToolResult, ToolSpec
from apps.chat.tools.arguments import Field, schema_of
from apps.common.db import run_db
from apps.documents.search import Filters

Who = Callable[[], Awaitable[Reader]]
# Checked against the tool's fields. Any: texts and whole numbers.
Arguments = Mapping[str, Any]
# `key` names the call, for a tool with side effects: the same call done again has the same key, and its effect stands once. Else it is empty.
Use = Callable[[Arguments, str], Awaitable[ToolResult]]

RESULT_CHARS_MAX = 8_000
EVERYTHING = Filters()


@dataclass(frozen=True, slots=True)
class Tool:
    """`build` gets a `Who` that gives the reader only while they have `permission`, and nothing else to act with.

    A tool that reads the library, `is_bounded`, gets as `within` what of it the run is about, too.
    """

    name: str
    permission: str
    # Any: each tool has a signature of its own; a ModelTool's gives a `Use`.
    build: Callable[..., Any]
    is_bounded: bool = False

    def make(self, who: Who, within: Filters = EVERYTHING) -> Any:
        """Return the callable for the graph. Each call of it asks `who` anew, and raises NotAllowed without the permission."""

        async def allowed() -> Reader:
            reader = await who()
            if not reader.can(self.permission):
                await run_db(refuse, reader, self.permission, via="agent")
            return reader

        return self.build(allowed, within) if self.is_bounded else self.build(allowed)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTool(Tool):
    """A tool that the model may call. `description` is for the model, `say` for the reader: what is being done, of checked arguments.

    Words that it gives back are cut at `chars_max`; it pages by itself before that.
    """

    description: str
    say: Callable[[Arguments], str]
    fields: tuple[Field, ...] = ()
    chars_max: int = RESULT_CHARS_MAX
    has_side_effects: bool = False

    @property
    def spec(self) -> ToolSpec:
        return {"type": "function", "function": {"name": self.name, "description": self.description, "parameters": schema_of(self.fields)}}
