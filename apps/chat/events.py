"""The wire protocol of the page's socket at /ws/, in both directions: the single source.

Server to page. Every event of a run is `{"type", "run", "seq", ...payload}`; `seq` is attempt × 1,000,000 + n. Numbers
only grow, gaps are legal only where the attempt changes, and `run.started` of a new attempt replaces what was streamed.
Exactly one of `run.completed`, `run.failed`, `run.cancelled` ends a run.

Page to server: `subscribe`, `unsubscribe`, `ping`, and at least every second `ack` with the run and the number of the last event that arrived:
who is 256 KB behind is sent nothing more, and after 10 s the socket is closed with the number to resume from.

With the topic `library` a page names the documents that it shows as `shown`: of these, and of those it was told about,
it hears when one is gone or no longer open to it.

Before the server closes a socket it says why, as an `error` whose code leads to the close code in `CLOSE_CODES`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal, get_args
from uuid import UUID

from apps.common.errors import Invalid

SUBSCRIPTIONS_MAX = 20
CLIENT_MESSAGE_MAX_CHARS = 16_384
SHOWN_MAX = 300
LARGEST_SEQ = 2**62

# 4401: sign in again. 4403: connect again, which reads the rights anew. 4408: connect again and resume. 4429: connect again later.
CLOSE_CODES = {"not_signed_in": 4401, "rights_changed": 4403, "too_slow": 4408, "limit_exceeded": 4429}
# Of the WebSocket's own standard: something went wrong here, and connecting again may help.
CLOSE_TROUBLE = 1011


# --- a run's events, as they stand in its log


@dataclass(frozen=True, slots=True)
class RunStarted:
    type: ClassVar[Literal["run.started"]] = "run.started"
    attempt: int


@dataclass(frozen=True, slots=True)
class StageChanged:
    """`text` is the one line the reader sees; `stage` is its stable name."""

    type: ClassVar[Literal["stage.changed"]] = "stage.changed"
    stage: str
    text: str


@dataclass(frozen=True, slots=True)
class TextDelta:
    type: ClassVar[Literal["text.delta"]] = "text.delta"
    text: str


@dataclass(frozen=True, slots=True)
class BlockRendered:
    """Finished Markdown as sanitised HTML; `tail` is the plain text still unfinished and replaces what the page holds."""

    type: ClassVar[Literal["block.rendered"]] = "block.rendered"
    index: int
    html: str
    tail: str


@dataclass(frozen=True, slots=True)
class CitationAdded:
    """`place` says where in the document, in words: "page 3", "slide 4"; it may be empty."""

    type: ClassVar[Literal["citation.added"]] = "citation.added"
    number: int
    title: str
    place: str


@dataclass(frozen=True, slots=True)
class RunCompleted:
    """`message` is the answer whose fragment the page fetches and puts in place of what streamed."""

    type: ClassVar[Literal["run.completed"]] = "run.completed"
    message: str


@dataclass(frozen=True, slots=True)
class RunFailed:
    type: ClassVar[Literal["run.failed"]] = "run.failed"
    message: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class RunCancelled:
    type: ClassVar[Literal["run.cancelled"]] = "run.cancelled"
    message: str


TerminalEvent = RunCompleted | RunFailed | RunCancelled
LoggedEvent = RunStarted | StageChanged | TextDelta | BlockRendered | CitationAdded | TerminalEvent


def payload_of(event: LoggedEvent) -> dict[str, Any]:
    return asdict(event)


def run_event(run_id: UUID, seq: int, event_type: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": event_type, "run": str(run_id), "seq": seq, **payload}


# --- events that are in no log


def document_updated(document_id: str) -> dict[str, str]:
    return {"type": "document.updated", "document": document_id}


def document_removed(document_id: str) -> dict[str, str]:
    """Deleted, or not open to this reader any more: which of the two is not said."""
    return {"type": "document.removed", "document": document_id}


def error(code: str, detail: str, **about: str | int) -> dict[str, str | int]:
    """`about` names the subscription it answers, where there is one: topic, id or workspace; `after`: from where to resume it."""
    return {"type": "error", "code": code, "detail": detail, **about}


def pong() -> dict[str, str]:
    return {"type": "pong"}


def encode(event: Mapping[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


# --- what a page may say


@dataclass(frozen=True, slots=True)
class RunTopic:
    name: ClassVar[str] = "run"
    run_id: UUID

    def about(self) -> dict[str, str]:
        return {"topic": "run", "id": str(self.run_id)}


@dataclass(frozen=True, slots=True)
class LibraryTopic:
    name: ClassVar[str] = "library"
    slug: str

    def about(self) -> dict[str, str]:
        return {"topic": "library", "workspace": self.slug}


Topic = RunTopic | LibraryTopic


@dataclass(frozen=True, slots=True)
class Subscribe:
    topic: Topic
    after: int = 0
    shown: tuple[UUID, ...] = ()

    @property
    def action(self) -> str:
        return f"subscribe.{self.topic.name}"


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    topic: Topic

    @property
    def action(self) -> str:
        return f"unsubscribe.{self.topic.name}"


@dataclass(frozen=True, slots=True)
class Ping:
    action: ClassVar[str] = "ping"


@dataclass(frozen=True, slots=True)
class Ack:
    """All events of a run up to this number have arrived."""

    action: ClassVar[str] = "ack"
    run_id: UUID
    seq: int


ClientMessage = Subscribe | Unsubscribe | Ping | Ack


def _actions_of(message: type) -> list[str]:
    topics = [topic.__name__.removesuffix("Topic").lower() for topic in get_args(Topic)]
    name = message.__name__.lower()
    return [f"{name}.{topic}" for topic in topics] if "topic" in message.__annotations__ else [name]


# Every message with every topic that it can name: for each of them the consumer says who may send it.
CLIENT_ACTIONS = frozenset(action for message in get_args(ClientMessage) for action in _actions_of(message))


def parse_client_message(text: str) -> ClientMessage:
    """Raise Invalid, in words for whoever writes a client, for anything that is not in the protocol."""
    if len(text) > CLIENT_MESSAGE_MAX_CHARS:
        raise Invalid(f"A message may be at most {CLIENT_MESSAGE_MAX_CHARS} characters long.")
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid("A message is one JSON object.") from None
    if not isinstance(said, dict):
        raise Invalid("A message is one JSON object.")
    kind = said.get("type")
    if kind == "ping":
        return Ping()
    if kind == "subscribe":
        return Subscribe(_topic(said), _number(said.get("after", 0), "after"), _shown(said.get("shown", [])))
    if kind == "unsubscribe":
        return Unsubscribe(_topic(said))
    if kind == "ack":
        return Ack(_uuid(said.get("run"), "The run"), _number(said.get("seq"), "seq"))
    raise Invalid("Unknown type. Known are subscribe, unsubscribe, ack and ping.")


def _topic(said: dict[str, Any]) -> Topic:
    topic = said.get("topic")
    if topic == "run":
        return RunTopic(_uuid(said.get("id"), "The id of a run"))
    workspace = said.get("workspace")
    if topic == "library" and isinstance(workspace, str) and workspace.isprintable() and 0 < len(workspace) <= 60:
        return LibraryTopic(workspace)
    raise Invalid("Unknown topic. Known are run (with id) and library (with workspace).")


def _uuid(value: Any, what: str) -> UUID:
    if isinstance(value, str):
        try:
            return UUID(value)
        except ValueError:
            pass
    raise Invalid(f"{what} is a UUID.")


def _number(value: Any, name: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_SEQ:
        return value
    raise Invalid(f"{name} is the number of the last event seen: a whole number from 0.")


def _shown(value: Any) -> tuple[UUID, ...]:
    if isinstance(value, list) and len(value) <= SHOWN_MAX:
        return tuple(_uuid(one, "Each document in shown") for one in value)
    raise Invalid(f"shown is a list of at most {SHOWN_MAX} documents.")
