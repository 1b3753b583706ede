"""What callers of the gateway hand in and get back. Plain data, free of Django and of every model library."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict


@dataclass(frozen=True, slots=True)
class Principal:
    """On whose account a call is made, and what for. Work of the installation itself names no user.

    `groups` and `api_key_id` say which budgets and limits count beside the person's and the workspace's own.
    """

    user_id: str | None
    workspace_id: str | None
    purpose: str
    api_key_id: str | None = None
    groups: frozenset[str] = frozenset()


class TextBlock(TypedDict):
    type: Literal["text"]
    text: str


class PassageBlock(TypedDict):
    """A passage to answer from. `number` is what a citation mark says, `place` where it stands: "page 3", or nothing."""

    type: Literal["passage"]
    number: int
    title: str
    place: str
    text: str


class ImageBlock(TypedDict):
    """A picture as the OpenAI protocol has it; handed on to models that see."""

    type: Literal["image_url"]
    image_url: dict[str, Any]  # Any: the protocol's own fields


Block = TextBlock | PassageBlock | ImageBlock


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What a model wants done. `arguments` is JSON as the model wrote it, which may be no JSON at all."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """`tool_calls` are an assistant's; `tool_call_id` says which of them a `tool` message answers. A tool's result as blocks is marked off for
    the model as data; as a text it goes on as it is."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | Sequence[Block]
    tool_calls: Sequence[ToolCall] = ()
    tool_call_id: str = ""


@dataclass(frozen=True, slots=True)
class Caching:
    """How far an answer may be taken from, and kept for, calls like it. Without one of these nothing is.

    `scope` is opaque: whoever may not read what this caller reads hands in another one. `question` is what the semantic cache compares;
    empty: the last user message of a call of one turn. `versions` name whatever else the answer rests on, such as passages.
    """

    scope: str
    question: str = ""
    versions: tuple[str, ...] = ()
    is_semantic: bool = False


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """`parameters` are the OpenAI protocol's, by its names (temperature, max_tokens, tools, response_format, ...), checked by whoever took them in."""

    parameters: Mapping[str, Any] = field(default_factory=dict)  # Any: JSON
    caching: Caching | None = None
    prompt_version: str = ""
    locale: str = ""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A chat completion as a program asked for it. `has_usage`: a stream is to say at its end what it took."""

    model: str
    messages: Sequence[ChatMessage]
    parameters: Mapping[str, Any]  # Any: JSON
    is_streamed: bool
    has_usage: bool


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call. `estimated` tells what we counted from what the provider reported."""

    input_tokens: int
    output_tokens: int
    estimated: bool


@dataclass(frozen=True, slots=True)
class ToolCallPart:
    """A piece of a tool call as it streams: `id` and `name` come with the first piece, `arguments` bit by bit."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a streamed answer. Only the last one has a finish reason; it has a usage too, and any before it may have one so far.

    `extra` is what else the provider's delta holds (a refusal, reasoning, log probabilities), by its own names. `pieces` says how many of
    the server's own came together in it: most send one token a piece, so an answer that breaks off is billed by them.
    """

    text: str
    usage: Usage | None = None
    finish_reason: str | None = None
    tool_calls: tuple[ToolCallPart, ...] = ()
    extra: Mapping[str, Any] | None = None  # Any: JSON
    pieces: int = 1


@dataclass(frozen=True, slots=True)
class ChatModelInfo:
    """`has_tools`: every model that may answer for it can be offered tools."""

    name: str
    is_embedded: bool
    has_tools: bool = False


@dataclass(frozen=True, slots=True)
class RerankModelInfo:
    """`seconds` is how long anybody waits for its scores; `weight` is how much they count beside a search's own."""

    name: str
    seconds: float
    weight: float


@dataclass(frozen=True, slots=True)
class EmbeddingModelInfo:
    """`name` tells vectors of one model from another's; `window` is how many tokens of a text it reads.

    `languages` are those that it was made for, None: nobody knows, so all. `spread` is the standard deviation of its cosines between
    texts that have nothing to do with each other, None: to be found out.
    """

    name: str
    dimension: int
    window: int
    languages: frozenset[str] | None = None
    spread: float | None = None
