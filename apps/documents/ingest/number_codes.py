"""Takes a number format's code apart into sections and tokens."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from typing import NamedTuple

_CODE_CHARS_MAX = 1000
_SECTIONS_MAX = 4
_PIECE = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_(?P<space>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]?'
    r"|(?P<general>General)|(?P<half>AM/PM|A/P)|(?P<exponent>E[+-])|(?P<date>y+|m+|d+|h+|s+|e+|g+|b+)"
    r"|(?P<digit>[0#?])|(?P<point>\.)|(?P<comma>,)|(?P<percent>%)|(?P<slash>/)|(?P<value>@)|(?P<literal>.)",
    re.IGNORECASE | re.DOTALL,
)
_ELAPSED = re.compile(r"(h+|m+|s+)$", re.IGNORECASE)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d{1,15}(?:\.\d{1,15})?)$")
_COMPARE: dict[str, Callable[[float, float], bool]] = {"<": lt, ">": gt, "=": eq, "<=": le, ">=": ge, "<>": ne}


class Sort(Enum):
    NUMBER = auto()
    DATE = auto()
    GENERAL = auto()
    TEXT = auto()


class Token(NamedTuple):
    # "literal", "digit", "point", "comma", "percent", "slash", "exponent", "date", "elapsed", "half", "value".
    sort: str
    text: str

    @property
    def is_literal(self) -> bool:
        return self.sort in ("literal", "percent", "slash", "comma", "point")

    @property
    def is_value(self) -> bool:
        return self.sort == "value"


@dataclass(frozen=True, slots=True)
class Section:
    sort: Sort
    tokens: tuple[Token, ...]
    admits: Callable[[float], bool] | None = None
    is_for_negatives: bool = False


@lru_cache(maxsize=1024)
def read_code(code: str) -> tuple[Section, ...]:
    """Return the sections of a code, at least one."""
    sections: list[Section] = []
    tokens: list[Token] = []
    conditions: list[tuple[str, float]] = []
    for found in _PIECE.finditer(code[:_CODE_CHARS_MAX]):
        sort, text = found.lastgroup or "literal", found[found.lastgroup or 0]
        if sort == "literal" and text == ";":
            sections.append(_made(tokens, conditions))
            tokens, conditions = [], []
        elif sort == "bracket":
            _take_bracket(text, tokens, conditions)
        elif sort != "fill":
            tokens.append(_token(sort, text))
    sections.append(_made(tokens, conditions))
    return tuple(sections[:_SECTIONS_MAX])


def _token(sort: str, text: str) -> Token:
    if sort in ("quoted", "escaped"):
        return Token("literal", text)
    if sort == "space":
        return Token("literal", " ")
    if sort == "general":
        return Token("value", "General")
    return Token(sort, text.lower() if sort == "date" else text)


def _take_bracket(text: str, tokens: list[Token], conditions: list[tuple[str, float]]) -> None:
    """Colours and calendars are left out; a currency's sign stands before the code of its place."""
    condition = _CONDITION.match(text)
    if text.startswith("$"):
        tokens.append(Token("literal", text[1:].partition("-")[0]))
    elif condition is not None:
        conditions.append((condition[1], float(condition[2])))
    elif _ELAPSED.match(text):
        tokens.append(Token("elapsed", text.lower()))


def _made(tokens: list[Token], conditions: list[tuple[str, float]]) -> Section:
    sorts = {token.sort for token in tokens}
    if not conditions:
        return Section(_sort(tokens, sorts), tuple(tokens))
    sign, limit = conditions[0]

    def admits(value: float) -> bool:
        return _COMPARE[sign](value, limit)

    return Section(_sort(tokens, sorts), tuple(tokens), admits, is_for_negatives=sign in ("<", "<=") and limit <= 0)


def _sort(tokens: list[Token], sorts: set[str]) -> Sort:
    if sorts & {"date", "elapsed", "half"}:
        return Sort.DATE
    if "value" not in sorts:
        return Sort.NUMBER
    return Sort.GENERAL if any(token == Token("value", "General") for token in tokens) else Sort.TEXT
