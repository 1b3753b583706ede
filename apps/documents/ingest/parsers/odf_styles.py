"""What the styles of an OpenDocument file make of its paragraphs, lists, tables and slides."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from apps.documents.ingest.parsers.docx_styles import numeral
from apps.documents.ingest.parsers.packages import Element, local, number

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
XLINK = "{http://www.w3.org/1999/xlink}"
_CHAIN_MAX = 20
_LEVELS = 10
_HEADING_MAX = 6
_FORMS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}


@dataclass(frozen=True, slots=True)
class ListLevel:
    """How a list numbers its items on one level; `form` is "" for signs and for nothing."""

    form: str = ""
    prefix: str = ""
    suffix: str = ""
    start: int = 1
    shown: int = 1


@dataclass(slots=True)
class Styles:
    parents: dict[str, str] = field(default_factory=dict)
    # Heading levels from 1.
    outlines: dict[str, int] = field(default_factory=dict)
    lists: dict[str, dict[int, ListLevel]] = field(default_factory=dict)
    outline: dict[int, ListLevel] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)

    def add(self, roots: Iterable[Element]) -> None:
        for root in roots:
            for group in root:
                for style in group if local(group) in ("styles", "automatic-styles") else ():
                    self._add_style(style)

    def heading(self, name: str) -> tuple[int, bool]:
        """Return the heading level that a paragraph's style gives it, 0 for none, and whether it is the title."""
        for _step in range(_CHAIN_MAX):
            if name in ("Title", "Subtitle"):
                return (1, True) if name == "Title" else (2, False)
            if name in self.outlines:
                return min(self.outlines[name], _HEADING_MAX), False
            name = self.parents.get(name, "")
        return 0, False

    def _add_style(self, style: Element) -> None:
        kind = local(style)
        if kind == "outline-style":
            self.outline = _levels(style)
        elif kind == "list-style":
            self.lists[style.get(STYLE + "name") or ""] = _levels(style)
        elif kind == "style":
            name = style.get(STYLE + "name") or ""
            self.parents[name] = style.get(STYLE + "parent-style-name") or ""
            level = number(style.get(STYLE + "default-outline-level"))
            if level and style.get(STYLE + "family") == "paragraph":
                self.outlines[name] = level
            if is_hidden_style(style):
                self.hidden.add(name)


def is_hidden_style(style: Element) -> bool:
    """Say whether a style hides the sheet or the slide that has it."""
    return any(one.get(TABLE + "display") == "false" or one.get(PRESENTATION + "visibility") == "hidden" for one in style)


def _levels(style: Element) -> dict[int, ListLevel]:
    levels: dict[int, ListLevel] = {}
    for level in style:
        if local(level) not in ("list-level-style-number", "outline-level-style"):
            continue
        levels[number(level.get(TEXT + "level"), 1, _LEVELS)] = ListLevel(
            _FORMS.get(level.get(STYLE + "num-format") or "", ""),
            level.get(STYLE + "num-prefix") or "",
            level.get(STYLE + "num-suffix") or "",
            number(level.get(TEXT + "start-value"), 1),
            max(1, number(level.get(TEXT + "display-levels"), 1, _LEVELS)),
        )
    return levels


class Counter:
    """Counts the items of one list style, or the headings."""

    def __init__(self, levels: dict[int, ListLevel]) -> None:
        self._levels = levels
        self._counts = [0] * (_LEVELS + 1)

    def restart(self, level: int) -> None:
        self._counts[min(level, _LEVELS) :] = [0] * (_LEVELS + 1 - min(level, _LEVELS))

    def next_label(self, level: int, start: str | None = None) -> str:
        """Count an item on a level, from 1, and return its number as shown."""
        level = min(level, _LEVELS)
        style = self._levels.get(level)
        if style is None or not style.form:
            return ""
        self._counts[level] = number(start) if start else self._counts[level] + 1 if self._counts[level] else style.start
        self.restart(level + 1)
        first = max(1, level - style.shown + 1)
        parts = [self._part(at) for at in range(first, level + 1)]
        return style.prefix + ".".join(part for part in parts if part) + style.suffix

    def _part(self, level: int) -> str:
        style = self._levels.get(level, ListLevel())
        return numeral(self._counts[level] or style.start, style.form) if style.form else ""
