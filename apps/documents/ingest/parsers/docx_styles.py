"""What a Word paragraph is by its style: a heading of some level, an item of a list, and with which number."""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from apps.documents.ingest.parsers.packages import Element, number

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING = re.compile(r"heading\s*([1-9])$")
_LIST = re.compile(r"list\s*(?:bullet|number|paragraph|continue)?\s*([2-9])?$")
_PART = re.compile(r"%([1-9])")
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_STYLE_CHAIN_MAX = 20
_LEVELS = 9
_HEADING_MAX = 6
_SILENT = frozenset(["bullet", "none"])


class Place(NamedTuple):
    """Where in which list a paragraph stands; the level counts from 0."""

    list_id: str
    level: int


@dataclass(frozen=True, slots=True)
class Style:
    name: str = ""
    # 1 is the highest; 0 for body text.
    heading: int = 0
    is_title: bool = False
    place: Place | None = None
    # What "List Bullet 2" says of a paragraph without numbering of its own.
    depth: int = 0


class Styles:
    """The styles of one document, each with what it inherits."""

    def __init__(self, root: Element | None) -> None:
        self._raw: dict[str, Element] = {}
        self._made: dict[str, Style] = {}
        for style in root.iterchildren(W + "style") if root is not None else ():
            self._raw.setdefault(style.get(W + "styleId") or "", style)

    def of(self, style_id: str) -> Style:
        if style_id not in self._made:
            self._made[style_id] = self._make(style_id)
        return self._made[style_id]

    def _make(self, style_id: str) -> Style:
        """Take each property from the nearest style that has it."""
        own = self._raw.get(style_id)
        # A style that is not there is told by its id, which most programs make of the name.
        name = (value(own, "name") if own is not None else style_id) or style_id
        chain: list[Element] = []
        at = own
        while at is not None and len(chain) < _STYLE_CHAIN_MAX:
            chain.append(at)
            at = self._raw.get(value(at, "basedOn") or "")
        names = [name.lower(), *[(value(one, "name") or "").lower() for one in chain[1:]]]
        listed = next((found for one in chain if (found := place_of(one.find(W + "pPr"))) is not None), None)
        return Style(names[0], _heading(names, chain), names[0] == "title", listed, _depth(names))


def _heading(names: list[str], chain: list[Element]) -> int:
    if names[0] in ("title", "subtitle"):
        return 1 + (names[0] == "subtitle")
    for one in chain:
        level = outline(one.find(W + "pPr"))
        if level is not None:
            return min(level, _HEADING_MAX)
    found = next((match for name in names if (match := _HEADING.match(name))), None)
    return min(int(found[1]), _HEADING_MAX) if found else 0


def _depth(names: list[str]) -> int:
    found = _LIST.match(names[0])
    return int(found[1] or 1) if found else 0


def value(element: Element, name: str) -> str | None:
    """Return the `w:val` of a child."""
    child = element.find(W + name)
    return None if child is None else child.get(W + "val")


def outline(properties: Element | None) -> int | None:
    """Return the outline level from 1, 0 for body text, None where nothing is said of it."""
    said = value(properties, "outlineLvl") if properties is not None else None
    if said is None:
        return None
    level = number(said, _LEVELS)
    return level + 1 if level < _LEVELS else 0


def place_of(properties: Element | None) -> Place | None:
    """Return the list that a paragraph's or style's properties name; list "0" takes it out of any."""
    found = properties.find(W + "numPr") if properties is not None else None
    if found is None:
        return None
    return Place(value(found, "numId") or "", number(value(found, "ilvl"), 0, _LEVELS - 1))


@dataclass(slots=True)
class _Level:
    format: str = "decimal"
    text: str = ""
    start: int = 1
    style: str = ""
    is_legal: bool = False


@dataclass(slots=True)
class _List:
    abstract: str
    starts: dict[int, int] = field(default_factory=dict)
    is_begun: bool = False


class Numbering:
    """Counts the items as Word does, so that "3.2" stands where the reader sees it."""

    def __init__(self, root: Element | None) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._linked: dict[str, str] = {}
        self._style_of: dict[str, str] = {}
        self._lists: dict[str, _List] = {}
        self._counts: dict[str, list[int]] = {}
        for child in root.iterchildren(W + "abstractNum", W + "num") if root is not None else ():
            if child.tag == W + "num":
                self._add_list(child)
            else:
                self._add_abstract(child)

    def level_of_style(self, place: Place, style_id: str) -> int:
        """Return the level of a list that belongs to a style, or the place's own."""
        levels = self._levels.get(self._abstract(place.list_id), {})
        return next((at for at, level in levels.items() if style_id and level.style == style_id), place.level)

    def next_label(self, place: Place) -> str:
        """Count one item and return its number as shown, "" for a bullet."""
        listed = self._lists.get(place.list_id)
        abstract = self._abstract(place.list_id)
        levels = self._levels.get(abstract, {})
        level = levels.get(place.level)
        if listed is None or level is None:
            return ""
        counts = self._counts.setdefault(abstract, [0] * _LEVELS)
        if not listed.is_begun:
            listed.is_begun = True
            for at in listed.starts:
                counts[at] = 0
        counts[place.level] = counts[place.level] + 1 if counts[place.level] else listed.starts.get(place.level, level.start)
        for deeper in range(place.level + 1, _LEVELS):
            counts[deeper] = 0
        return "" if level.format in _SILENT else _label(level, levels, counts)

    def _abstract(self, list_id: str) -> str:
        """Return the definition behind a list; some only name a style that another one defines."""
        listed = self._lists.get(list_id)
        abstract = listed.abstract if listed else ""
        return self._style_of.get(self._linked.get(abstract, ""), abstract)

    def _add_abstract(self, element: Element) -> None:
        abstract_id = element.get(W + "abstractNumId") or ""
        linked, defines = value(element, "numStyleLink"), value(element, "styleLink")
        if linked:
            self._linked[abstract_id] = linked
        if defines:
            self._style_of[defines] = abstract_id
        self._levels[abstract_id] = {
            number(one.get(W + "ilvl"), 0, _LEVELS - 1): _Level(
                value(one, "numFmt") or "decimal",
                value(one, "lvlText") or "",
                number(value(one, "start"), 1),
                value(one, "pStyle") or "",
                one.find(W + "isLgl") is not None,
            )
            for one in element.iterchildren(W + "lvl")
        }

    def _add_list(self, element: Element) -> None:
        listed = _List(value(element, "abstractNumId") or "")
        for override in element.iterchildren(W + "lvlOverride"):
            start = value(override, "startOverride")
            if start is not None:
                listed.starts[number(override.get(W + "ilvl"), 0, _LEVELS - 1)] = number(start, 1)
        self._lists[element.get(W + "numId") or ""] = listed


def _label(level: _Level, levels: dict[int, _Level], counts: list[int]) -> str:
    def shown(found: re.Match[str]) -> str:
        at = int(found[1]) - 1
        part = levels.get(at, _Level())
        return numeral(counts[at] or part.start, "decimal" if level.is_legal else part.format)

    return _PART.sub(shown, level.text).strip()


def numeral(count: int, form: str) -> str:
    """Return a number in letters, Roman or Arabic numerals."""
    if form in ("lowerLetter", "upperLetter") and 0 < count <= 26 * 26:
        letters = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letters.upper() if form == "upperLetter" else letters
    if form in ("lowerRoman", "upperRoman") and 0 < count < 4000:
        text = ""
        for worth, letters in _ROMAN:
            times, count = divmod(count, worth)
            text += letters * times
        return text.upper() if form == "upperRoman" else text
    return f"{count:02}" if form == "decimalZero" else str(count)
