"""What people write into the search field: words, and marks that say more about them.

    "exact words"   -without   title:word   type:pdf   in:collection   tag:word   language:de   after:2025-03   before:2026

What looks like such a mark and is none (`http://…`, `12:30`, `type:potato`) is words like any others.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from apps.documents.analysis.languages import STORED_LANGUAGES, stored_language
from apps.documents.analysis.tokens import find_runs
from apps.documents.kinds import KIND_LABELS
from apps.documents.models import Access
from apps.documents.search.types import Filters, Question
from apps.documents.tags import tidy_tag

QUESTION_CHARS_MAX = 2000
# So many are marks: each is looked for in every passage that comes into question. Exact words beyond it are words, and what is to be
# left out beyond it is not asked for at all.
PHRASES_MAX = 8
WITHOUT_MAX = 16
# What people's keyboards make of the mark, and what the search page shows.
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
_MARK = re.compile(
    r"""(?<!\S)(?:
        (?P<minus>-)?"(?P<phrase>[^"]+)"(?!\w)
      | -(?P<without>[^\s"]++)(?!")
      | (?P<name>[a-z]+):(?:"(?P<quoted>[^"]+)"|(?P<value>[^\s"]+))
    )""",
    re.VERBOSE | re.IGNORECASE,
)
# A temperature rather than a year: "-5" and "-12.5 °C" are words, "-2025" is left out.
_NEGATIVE = re.compile(r"\d{1,2}(?:[.,]\d+)?(?:[°%º℃℉].*|[^\w\s]*)")
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
# Names of kinds as people say them, beside those that Quire writes.
_KINDS = {
    "word": "docx",
    "excel": "xlsx",
    "powerpoint": "pptx",
    "htm": "html",
    "md": "markdown",
    "txt": "text",
    "mail": "eml",
    "email": "eml",
    "outlook": "msg",
}


def clean(text: str) -> str:
    """Return a question as texts are kept: in NFC, without what cannot be stored."""
    return unicodedata.normalize("NFC", text.replace("\x00", " ").strip()[:QUESTION_CHARS_MAX])[:QUESTION_CHARS_MAX]


def plain_question(text: str, filters: Filters | None = None) -> Question:
    """Return a question whose marks mean nothing: an agent's, or anybody's sentence."""
    return Question(clean(text), filters=filters or Filters())


def read_question(text: str, filters: Filters | None = None) -> Question:
    """Return a question with what its marks say. A mark narrows what `filters` leave and never takes a filter back."""
    reading = _Reading()
    left = _MARK.sub(reading.take, clean(text).translate(_QUOTES))
    words = " ".join([*left.split(), *reading.phrases])
    narrowed = (filters or Filters()).narrowed_by(reading.filters)
    return Question(words, tuple(reading.phrases), tuple(reading.without), tuple(reading.without_phrases), narrowed)


class _Reading:
    def __init__(self) -> None:
        self.filters = Filters()
        self.phrases: list[str] = []
        self.without: list[str] = []
        self.without_phrases: list[str] = []

    def take(self, found: re.Match[str]) -> str:
        """Keep what a mark says; return what stays in the text for it."""
        if found["phrase"]:
            phrase = " ".join(found["phrase"].split())
            return self._take_phrase(phrase, is_unwanted=bool(found["minus"])) if phrase else " "
        if found["without"]:
            return self._take_unwanted(found["without"]) or found.group()
        narrow = _NAMES.get(found["name"].lower())
        narrowed = narrow(self.filters, (found["quoted"] or found["value"]).strip()) if narrow else None
        if narrowed is None:
            return found.group()
        self.filters = narrowed
        return " "

    def _take_phrase(self, phrase: str, *, is_unwanted: bool) -> str:
        if is_unwanted:
            self._leave_out(self.without_phrases, phrase)
            return " "
        if len(self.phrases) == PHRASES_MAX:
            return f" {phrase} "
        self.phrases.append(phrase)
        return " "

    def _take_unwanted(self, written: str) -> str:
        """Take a word as the analyser cuts it, without the comma behind it; nothing is returned for what begins with no word."""
        runs = list(find_runs(written))
        if not runs or runs[0][0] > 0 or _NEGATIVE.fullmatch(written):
            return ""
        last, run = runs[-1]
        self._leave_out(self.without, written[: last + len(run)])
        return " "

    def _leave_out(self, kept: list[str], text: str) -> None:
        if len(self.without) + len(self.without_phrases) < WITHOUT_MAX:
            kept.append(text)


def _title(filters: Filters, value: str) -> Filters | None:
    return replace(filters, title=(*filters.title, *value.split()))


def _kind(filters: Filters, value: str) -> Filters | None:
    kind = _KINDS.get(value.lower(), value.lower().lstrip("."))
    return replace(filters, kinds=_or(filters.kinds, kind)) if kind in KIND_LABELS else None


def _collection(filters: Filters, value: str) -> Filters | None:
    return replace(filters, collections=_or(filters.collections, value))


def _tag(filters: Filters, value: str) -> Filters | None:
    return replace(filters, tags=(filters.tags or frozenset()) | {tidy_tag(value)})


def _language(filters: Filters, value: str) -> Filters | None:
    language = stored_language(value.lower())
    return replace(filters, languages=_or(filters.languages, language)) if language in STORED_LANGUAGES else None


def _access(filters: Filters, value: str) -> Filters | None:
    return replace(filters, access=_or(filters.access, value.lower())) if value.lower() in Access.values else None


def _since(filters: Filters, value: str) -> Filters | None:
    day = read_day(value)
    return replace(filters, since=max(day, filters.since or day)) if day else None


def _before(filters: Filters, value: str) -> Filters | None:
    day = read_day(value)
    return replace(filters, before=min(day, filters.before or day)) if day else None


_NAMES: dict[str, Callable[[Filters, str], Filters | None]] = {
    "title": _title,
    "type": _kind,
    "kind": _kind,
    "in": _collection,
    "collection": _collection,
    "tag": _tag,
    "language": _language,
    "lang": _language,
    "access": _access,
    "after": _since,
    "since": _since,
    "before": _before,
}


def read_day(written: str) -> date | None:
    """Return the first day of "2025", "2025-03" or "2025-03-17"; None for anything else."""
    found = _DATE.fullmatch(written)
    if not found:
        return None
    year, month, day = (int(part or 1) for part in found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _or(known: frozenset[str] | None, value: str) -> frozenset[str]:
    """A second value of the same name is one more that will do."""
    return (known or frozenset()) | {value}
