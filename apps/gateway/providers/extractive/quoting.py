"""Chosen units as Markdown, each with its citation mark: words as they stand, marked up only so far that Markdown leaves them alone."""

import re
from collections.abc import Iterator, Sequence

from apps.gateway.providers.extractive.units import Line, Unit, UnitKind

_SPECIAL = re.compile(
    r"""\\(?=[!-/:-@\[-`{-~])        # a backslash that would escape
      | `                            # code
      | (?<!\s)\*|\*(?!\s|$)         # emphasis
      | (?<!\w)_(?=\S)|(?<=\S)_(?!\w)
      | <(?=[a-zA-Z/!?])             # HTML, autolinks
      | &(?=\#?\w+;)                 # entities
      | ~(?=~)                       # struck out
      | (?<=\])[(\[]                 # links
    """,
    re.VERBOSE,
)
_AT_START = re.compile(r"^(?:[#>]|[-+](?=\s))")
_NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s)")
_BACKTICKS = re.compile(r"`+")


def quote(units: Sequence[Unit]) -> Iterator[str]:
    """Pieces that make the answer when joined: sentences of one passage flow, another passage begins a paragraph."""
    before: tuple[int, UnitKind] | None = None
    for unit in units:
        for line in (unit.line, *unit.attached):
            yield _gap(before, (unit.rank, line.kind)) + _cite(line, unit.number)
            before = (unit.rank, line.kind)


def _gap(before: tuple[int, UnitKind] | None, now: tuple[int, UnitKind]) -> str:
    if before is None:
        return ""
    listed = (UnitKind.ITEM, UnitKind.ROW)
    if before[1] in listed and now[1] in listed:
        return "\n"
    return " " if before == now and now[1] == UnitKind.SENTENCE else "\n\n"


def _cite(line: Line, number: int) -> str:
    match line.kind:
        case UnitKind.CODE:
            return _show_code(line.text, number)
        case UnitKind.ROW:
            cells = [cell.strip() for cell in line.text.strip("|").split("|")]
            return f"- {as_markdown(' · '.join(cell for cell in cells if cell))} [{number}]"
        case UnitKind.ITEM:
            return f"- {as_markdown(line.text)} [{number}]"
        case UnitKind.SENTENCE:
            return f"{as_markdown(line.text)} [{number}]"


def _show_code(text: str, number: int) -> str:
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    if "\n" in text:
        fence = "`" * max(3, longest + 1)
        return f"{fence}\n{text}\n{fence}\n\n[{number}]"
    tick, room = "`" * (longest + 1), " " if longest else ""
    return f"{tick}{room}{text.strip()}{room}{tick} [{number}]"


def as_markdown(text: str) -> str:
    """Flowing text that shows in Markdown exactly as it is written."""
    flowing = _SPECIAL.sub(lambda match: f"\\{match.group()}", " ".join(text.split()))
    return _NUMBERED.sub(r"\1\\\2", _AT_START.sub(lambda match: f"\\{match.group()}", flowing))
