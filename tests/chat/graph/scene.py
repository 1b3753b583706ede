"""A stage for the agent: a scripted model, a scripted search, and a notebook of what was emitted."""

import asyncio
from dataclasses import dataclass, field

from apps.chat.graph.context import AgentContext, FoundPassage, ToolResult
from apps.chat.graph.limits import Limits
from apps.gateway.types import Chunk, ToolCallPart, Usage


def passage(number, text, title="Handbook", page=None, document="d1", score=0.8, evidence=None):
    return FoundPassage(number, document, "v1", title, page, text, score, f"page {page}" if page else "", evidence)


@dataclass
class Notebook:
    """An Emitter that remembers."""

    events: list[tuple] = field(default_factory=list)

    def started_stage(self, stage, text):
        self.events.append(("stage", stage, text))

    def wrote(self, text):
        self.events.append(("text", text))

    def finished_blocks(self, markdown, tail, sources):
        self.events.append(("blocks", markdown, tail, sorted(sources)))

    def cited(self, number, passage):
        self.events.append(("cited", number, passage.id))

    def of(self, kind):
        return [event[1:] for event in self.events if event[0] == kind]

    @property
    def text(self):
        return "".join(event[0] for event in self.of("text"))


class Silence:
    """A place in a script where the model says nothing more; `reached` tells that it got there."""

    def __init__(self):
        self.reached = asyncio.Event()

    async def last(self):
        self.reached.set()
        await asyncio.Event().wait()


def call(index, name, arguments="{}", call_id=None):
    return ToolCallPart(index, f"id{index}" if call_id is None else call_id, name, arguments)


@dataclass
class Toolbox:
    """`results` by the tool's name: a ToolResult, an exception, or a Silence. Remembers what was used, with its position."""

    results: dict = field(default_factory=dict)
    used: list = field(default_factory=list)

    @property
    def offered(self):
        return [{"type": "function", "function": {"name": name}} for name in self.results]

    def describe(self, call):
        return f"tool.{call.name}", f"Using {call.name}"

    async def use(self, call, position):
        self.used.append((position, call.name, call.arguments))
        match self.results.get(call.name, ToolResult("There is no such tool.", is_error=True)):
            case Exception() as error:
                raise error
            case Silence() as silence:
                return await silence.last()
            case result:
                return result


@dataclass
class Scene:
    """`answers` are the model's, one list of chunks a call; an exception among the chunks is raised there."""

    answers: list = field(default_factory=list)
    passages: list = field(default_factory=list)
    is_embedded: bool = True
    notebook: Notebook = field(default_factory=Notebook)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    queries: list = field(default_factory=list)
    calls: list = field(default_factory=list)
    closed_count: int = 0
    now: float = 0.0
    seconds_a_look: float = 0.1
    # What `embed` makes of texts, and what `complete_object` says; None: there is none of it.
    embed: object = None
    verdicts: object = None
    judged: list = field(default_factory=list)
    tools: Toolbox | None = None
    tools_until: float = float("inf")
    limits: Limits = field(default_factory=Limits)
    # Of each call: which tools were offered, and under which prompt.
    offered: list = field(default_factory=list)
    prompts: list = field(default_factory=list)

    def context(self):
        return AgentContext(
            search=self.search,
            complete=self.complete,
            emit=self.notebook,
            clock=self.clock,
            is_embedded=self.is_embedded,
            stop=self.stop,
            embed=self.embed,
            complete_object=None if self.verdicts is None else self.complete_object,
            tools=self.tools,
            tools_until=self.tools_until,
            limits=self.limits,
        )

    def clock(self):
        self.now += self.seconds_a_look
        return self.now

    async def search(self, query, limit):
        self.queries.append(query)
        return self.passages[:limit]

    async def complete(self, messages, *, prompt, question="", tools=()):
        self.calls.append(messages)
        self.offered.append([one["function"]["name"] for one in tools])
        self.prompts.append(prompt)
        try:
            for piece in self.answers.pop(0):
                yield await self._chunk(piece)
            yield Chunk("", Usage(100, 10, estimated=True), "stop")
        finally:
            self.closed_count += 1

    async def complete_object(self, messages, *, prompt, most_chars):
        self.judged.append((messages, prompt, most_chars))
        match self.verdicts:
            case Exception():
                raise self.verdicts
            case Silence():
                await self.verdicts.last()
        return {"verdicts": self.verdicts} if isinstance(self.verdicts, list) else self.verdicts

    async def _chunk(self, piece):
        match piece:
            case Exception():
                raise piece
            case Silence():
                return await piece.last()
            case ToolCallPart():
                return Chunk("", tool_calls=(piece,))
            case _:
                return Chunk(piece)
