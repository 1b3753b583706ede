"""How much a text looks like orders to the model: points of documented rules, added up to 100 at most.

No list of patterns stops who really wants to; this one finds what is tried every day, costs nothing, and says why. What makes injection
harmless stands elsewhere: rights, delimiters and the links guard.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

from apps.gateway.guards.folding import fold_look_alikes, fold_words
from apps.gateway.guards.injection_rule import STEM, Rule
from apps.gateway.guards.injection_rules import (
    ABOUT,
    ABOUT_TEMPLATES,
    HIDDEN,
    MENTION_POINTS,
    RULES,
    SQUEEZED,
    SQUEEZED_NEEDS,
    SQUEEZED_POINTS,
)

MOST = 100
_NOTHING: Mapping[str, int] = {}
_QUOTES = {"'": "'", '"': '"', "`": "`", "“": "”", "„": "“", "‘": "’", "«": "»", "「": "」"}
_BLOB = re.compile(r"[A-Za-z0-9+/_-]{24,4000}={0,2}")
_DECODE = ("decode", "base64", "dekodier", "entschlüssel", "décod", "decodif", "解码")
_BLOB_POINTS = 60
_SPACED = bytes(code if code > 127 or chr(code).isalnum() else 32 for code in range(256))
# Digits and signs that are written for letters, and all that is no letter taken out.
_LEET = bytes.maketrans(b"0134578@$!", b"oieastbasi")
_NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalnum() and chr(code) not in "@$!")


@dataclass(frozen=True, slots=True)
class Score:
    """`rules` are those that gave points."""

    points: int
    rules: tuple[str, ...]


def score_injection(text: str, *, removed: Mapping[str, int] = _NOTHING, is_foreign: bool = False, folded: str | None = None) -> Score:
    """`removed` is what was invisible in it, `is_foreign` that it comes from a document or a tool, `folded` the text if it is folded already."""
    folded = fold_words(text) if folded is None else folded
    points = _visible(folded, is_foreign)
    plain = fold_look_alikes(folded)
    if plain != folded:
        points = {**_visible(plain, is_foreign), **points}
    if "override" not in points and "reveal" not in points and _is_squeezed(plain):
        points["disguised"] = SQUEEZED_POINTS
    if any(word in text for word in _DECODE) and _has_orders_in_a_blob(text):
        points["encoded"] = _BLOB_POINTS
    for kind, (least, worth) in HIDDEN.items() if removed else ():
        if removed.get(kind, 0) >= least:
            points["hidden"] = max(worth, points.get("hidden", 0))
    return Score(min(MOST, sum(points.values())), tuple(rule for rule, worth in points.items() if worth))


def _visible(folded: str, is_foreign: bool) -> dict[str, int]:
    """Points by the name of rules. A place that is quoted by somebody who explains it counts less."""
    points: dict[str, int] = {}
    encoded, is_ascii = folded.encode(errors="replace"), folded.isascii()
    stems = {word[:STEM] for word in encoded.translate(_SPACED).split()}
    for rule in RULES:
        if not (is_foreign or rule.is_everywhere) or not _is_likely(rule, stems, encoded, is_ascii=is_ascii):
            continue
        if match := rule.pattern.search(folded):
            worth = rule.points - (MENTION_POINTS if _is_mention(rule, folded, match) else 0)
            points[rule.name] = max(worth, points.get(rule.name, 0))
    return points


def _is_likely(rule: Rule, stems: set[bytes], encoded: bytes, *, is_ascii: bool) -> bool:
    if not rule.stems.isdisjoint(stems) and not (rule.also and rule.also.isdisjoint(stems)):
        return True
    return any(map(encoded.__contains__, rule.marks if is_ascii else rule.marks + rule.wide_marks))


def _is_mention(rule: Rule, folded: str, match: re.Match[str]) -> bool:
    if rule.name == "template" and ABOUT_TEMPLATES.search(folded):
        return True
    return _is_quoted(folded, match.start(), match.end()) and ABOUT.search(folded) is not None


def _is_quoted(text: str, start: int, end: int) -> bool:
    """Whether the last mark before the place, on its line, is closed behind it: `a "quoted place" b`."""
    before = text[text.rfind("\n", 0, start) + 1 : start]
    line_end = text.find("\n", end)
    behind = text[end : line_end if line_end >= 0 else len(text)]
    if before[:4].strip().startswith("```"):
        return True
    for opening, closing in _QUOTES.items():
        count = before.count(opening)
        is_open = count % 2 == 1 if opening == closing else count > before.count(closing)
        if is_open and closing in behind:
            return True
    return False


def _is_squeezed(plain: str) -> bool:
    letters = plain.encode(errors="replace").translate(_LEET, _NO_LETTERS)
    if not any(need in letters for need in SQUEEZED_NEEDS):
        return False
    return SQUEEZED.search(letters.decode(errors="replace")) is not None


def _has_orders_in_a_blob(text: str) -> bool:
    return any(_visible(fold_words(decoded), is_foreign=True) for blob in _BLOB.findall(text)[:8] if (decoded := _decoded(blob)))


def _decoded(blob: str) -> str:
    try:
        raw = base64.b64decode(blob.replace("-", "+").replace("_", "/") + "=" * (-len(blob) % 4))
        return raw.decode()
    except (binascii.Error, ValueError):
        return ""
