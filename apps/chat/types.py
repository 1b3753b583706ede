"""What the pages show, ready to be put into a template."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.safestring import SafeString


@dataclass(frozen=True, slots=True)
class ConversationLink:
    id: UUID
    title: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class SourceView:
    """One numbered source. `before`, `quote` and `after` are the passage around the cited words.

    Where the reader may not (or no longer) see it, `is_available` is False and nothing of the document is said.
    """

    number: int
    title: str
    kind: str
    # Where in the document, in words.
    place: str
    date: datetime | None
    quote: str | None
    before: str
    after: str
    url: str | None
    is_available: bool
    support: str
    document_id: UUID | None = None
    page: int | None = None
    section: str = ""


@dataclass(frozen=True, slots=True)
class ErrorView:
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """A question and its answer in whatever state it is; `id` is the answer's."""

    id: UUID
    question: str
    run_id: UUID
    state: str
    is_live: bool
    last_seq: int
    stage_text: str
    html: SafeString
    sources: list[SourceView]
    error: ErrorView | None
    is_embedded_model: bool
    url: str
    stop_url: str
    retry_url: str
    refresh_url: str
    dossier_url: str
    text: str = ""
    asked_at: datetime | None = None
    latency_ms: int | None = None
