"""What is told of how an answer was made, for the page and as JSON."""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from apps.gateway.selectors.run_calls import RunCall

FATES = {"cited": "Cited", "not_cited": "Read, not cited", "below_threshold": "Too far from the question"}
VERDICTS = {"supported": "Supported", "weak": "Weakly supported", "unsupported": "Not supported", "no_claim": "Claims nothing"}
JUDGED_BY = {"no_citation": "cites nothing", "words": "by its words", "meaning": "by words and meaning", "judge": "by the language model"}
STEPS = {"understand": "Understand the question", "retrieve": "Search the library", "answer": "Write the answer", "verify": "Check the sources"}
PURPOSES = {"chat": "Answer", "search": "Search", "verify": "Check"}
CACHES = {"miss": "asked", "exact": "same question", "semantic": "like question", "stale": "kept answer"}


@dataclass(frozen=True, slots=True)
class PassageView:
    """A passage that was found. `rank` is its place among all that were, hidden ones too."""

    rank: int
    document: UUID
    title: str
    place: str
    url: str
    score: float
    fate: str

    @property
    def fate_text(self) -> str:
        return FATES.get(self.fate, self.fate)


@dataclass(frozen=True, slots=True)
class SentenceView:
    """`text` is empty where another try has taken the place of the answer that was checked."""

    text: str
    support: str
    score: float | None
    by: str
    sources: tuple[int, ...]

    @property
    def verdict(self) -> str:
        return VERDICTS.get(self.support, self.support)

    @property
    def by_text(self) -> str:
        return JUDGED_BY.get(self.by, "")


@dataclass(frozen=True, slots=True)
class StepView:
    name: str
    took_ms: int

    @property
    def title(self) -> str:
        return STEPS.get(self.name, self.name.replace("_", " ").capitalize())


@dataclass(frozen=True, slots=True)
class CallView:
    """A call of a model, and how often each guard acted in it."""

    call: RunCall
    guards: tuple[tuple[str, int], ...]

    @property
    def purpose(self) -> str:
        return PURPOSES.get(self.call.purpose, self.call.purpose)

    @property
    def cache(self) -> str:
        return CACHES.get(self.call.cache, "")

    @property
    def guards_text(self) -> str:
        return ", ".join(f"{name.replace('_', ' ').replace('.', ': ')} × {count}" for name, count in self.guards)


@dataclass(frozen=True, slots=True)
class Dossier:
    """`evidence` None: nobody measured what the scores say (see `graph/evidence.py`). `money` None: no model of it has a price."""

    run_id: UUID
    conversation_id: UUID
    answer_id: UUID
    question: str
    state: str
    state_text: str
    is_live: bool
    error_code: str
    model: str
    attempt_count: int
    asked_at: datetime
    finished_at: datetime | None
    queries: tuple[str, ...]
    evidence: float | None
    threshold: float | None
    passages: tuple[PassageView, ...]
    hidden_passage_count: int
    sentences: tuple[SentenceView, ...]
    dropped_citation_count: int
    prompts: tuple[str, ...]
    steps: tuple[StepView, ...]
    calls: tuple[CallView, ...]
    input_tokens: int
    output_tokens: int
    money: Decimal | None

    @property
    def took_ms(self) -> int | None:
        return None if self.finished_at is None else round((self.finished_at - self.asked_at).total_seconds() * 1000)

    @property
    def claims(self) -> list[SentenceView]:
        return [one for one in self.sentences if one.support != "no_claim"]

    # Any: JSON.
    def as_json(self) -> dict[str, Any]:
        told = {name: value for name, value in asdict(self).items() if name not in ("state_text", "is_live", "calls")}
        return {**told, "took_ms": self.took_ms, "calls": [asdict(one.call) for one in self.calls]}
