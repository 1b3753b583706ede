"""An answer for programs that know nothing of Quire: where its marks stand, as OpenAI annotates them, and its sources as a list in Markdown."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from apps.chat.types import SourceView

_HEADING = "\n\n**Sources**\n\n"
_MARK = re.compile(r"\[([0-9]{1,4})\]")
_SPECIAL = re.compile(r"([\\\[\]*_`<>])")


@dataclass(frozen=True, slots=True)
class Citing:
    """`annotations` say for each mark of `text` what it points to: OpenAI's `url_citation`. `sources` goes behind the text, or is empty."""

    text: str
    sources: str
    # Any: JSON.
    annotations: list[dict[str, Any]]


def cite(text: str, sources: Iterable[SourceView]) -> Citing:
    """A source that its reader may not see any more stays in the list, nameless, and is no annotation."""
    by_number = {source.number: source for source in sources}
    listed = "\n".join(_line(by_number[number]) for number in sorted(by_number))
    return Citing(text, f"{_HEADING}{listed}" if listed else "", _annotations(text, by_number))


def without_sources(text: str) -> str:
    """An answer that a program sends back, as it was before its list was put behind it."""
    return text.partition(_HEADING)[0].strip()


def _annotations(text: str, sources: Mapping[int, SourceView]) -> list[dict[str, Any]]:
    marks = [(mark, sources.get(int(mark[1]))) for mark in _MARK.finditer(text)]
    return [_annotation(mark.start(), mark.end(), source) for mark, source in marks if source is not None and source.url]


def _annotation(start: int, end: int, source: SourceView) -> dict[str, Any]:
    """`start_index` and `end_index` are the mark's in the text, as characters, the end behind it. `place`, `document` and `quote` are ours."""
    citation = {
        "start_index": start,
        "end_index": end,
        "title": source.title,
        "url": _address(source),
        "place": source.place,
        "document": str(source.document_id),
        "quote": source.quote,
    }
    return {"type": "url_citation", "url_citation": citation}


def _line(source: SourceView) -> str:
    name = _SPECIAL.sub(r"\\\1", ", ".join(filter(None, (source.title, source.place or source.section))))
    return f"{source.number}. [{name}]({_address(source)})" if source.url else f"{source.number}. {name}"


def _address(source: SourceView) -> str:
    return f"{settings.QUIRE_PUBLIC_URL}{source.url}"
