"""Where a passage stands, in words: the one way in which citations, sources and the source view name it."""

from apps.documents.models import Passage
from apps.documents.types import Unit

# A chapter's title can be a sentence; a place is read at a glance.
_LABEL_CHARS_MAX = 80


def place_of(passage: Passage) -> str:
    """Return "page 3", "slide 4", "sheet Budget, rows 12-30", a chapter's name; "" for a text without such parts.

    The passage's version is read too: load it with the passage.
    """
    rows = None if passage.first_row is None or passage.last_row is None else (passage.first_row, passage.last_row)
    return name_place(passage.version.unit, passage.page, passage.label, rows)


def name_place(unit: str, number: int | None, label: str = "", rows: tuple[int, int] | None = None) -> str:
    """Return the words for a place, as they stand within a sentence."""
    label = _short(label)
    match unit:
        case Unit.SHEET:
            # A table that is all of its file has no name of its own, only rows.
            sheet = f"sheet {label}" if label else ("" if rows else _numbered("sheet", number))
            return ", ".join(part for part in (sheet, name_rows(rows)) if part)
        case Unit.CHAPTER:
            return label or _numbered("chapter", number)
        case Unit.SLIDE:
            return _numbered("slide", number)
        case _:
            # Rows of a table that is one of many on a page would lead nowhere.
            return _numbered("page", number) or label


def name_rows(rows: tuple[int, int] | None) -> str:
    if rows is None:
        return ""
    first, last = rows
    return f"row {first}" if first == last else f"rows {first}-{last}"


def _short(label: str) -> str:
    line = " ".join(label.split())
    return line if len(line) <= _LABEL_CHARS_MAX else f"{line[: _LABEL_CHARS_MAX - 1].rstrip()}\u2026"


def _numbered(word: str, number: int | None) -> str:
    return "" if number is None else f"{word} {number}"
