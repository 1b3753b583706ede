"""The state that travels through the graph: small, typed, plain data that can be kept between two nodes.

The text of documents stands in `FoundPassage.text` and nowhere else, so whoever keeps a state can keep ids in its place.
"""

from dataclasses import dataclass, field
from typing import Literal, TypedDict

from apps.chat.graph.calling import Round
from apps.chat.graph.context import FoundPassage, Turn
from apps.chat.graph.limits import Spent
from apps.gateway.types import ToolCall

Support = Literal["supported", "weak", "unsupported"]
Verdict = Support | Literal["no_claim"]
# What a sentence was judged by in the end.
JudgedBy = Literal["", "no_citation", "words", "meaning", "judge"]


@dataclass(frozen=True, slots=True)
class Draft:
    """The answer as the reader saw it stream: marks are numbered in order of first appearance."""

    text: str = ""
    sources: dict[int, FoundPassage] = field(default_factory=dict)
    dropped_count: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class CheckedCitation:
    """One number of the answer, with the span in its passage that backs it best."""

    number: int
    passage: FoundPassage
    start: int
    end: int
    support: Support


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence of the answer (as a span, never as text) and how far, from 0 to 1, its citations carry it."""

    start: int
    end: int
    numbers: tuple[int, ...]
    support: Verdict
    score: float = 0.0
    by: JudgedBy = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that is stored of an answer."""

    text: str
    citations: tuple[CheckedCitation, ...]
    is_stopped: bool
    trace: dict[str, object]


class AgentState(TypedDict, total=False):
    """`summary` is of the conversation before `history`. `query` is the question standing alone, `queries` its parts.

    A passage's number for the model is its place in `passages`, from 1: whoever finds more adds them at the end. `calls` wait to be done.
    """

    question: str
    summary: str
    history: tuple[Turn, ...]
    query: str
    queries: tuple[str, ...]
    needs_search: bool
    passages: tuple[FoundPassage, ...]
    calls: tuple[ToolCall, ...]
    rounds: tuple[Round, ...]
    spent: Spent
    draft: Draft
    citations: tuple[CheckedCitation, ...]
    sentences: tuple[CheckedSentence, ...]
    # The language model was asked about sentences in doubt.
    is_judged: bool
    outcome: Outcome
