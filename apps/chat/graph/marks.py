"""Citation marks in streamed text: `[2]`, `[1][2]`, `[1, 2]`.

A mark may be split over any number of chunks, so what could still become one is held back until it is
decided. Code is left alone: `rows[1]` between backticks is an index, not a citation.
"""

import re
from dataclasses import dataclass

_MARK = re.compile(r"\[ *[0-9]{1,4}(?: *, *[0-9]{1,4})* *\]")
_NUMBER = re.compile(r"[0-9]+")
_INSIDE_MARK = frozenset("0123456789, ")
_LONGEST_MARK = 64
_FENCE = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """The numbers of one bracket, as the model wrote them."""

    numbers: tuple[int, ...]


Piece = str | Mark


class MarkParser:
    """Feed chunks, get text and marks in order; `close()` gives back what was still undecided.

    However the text is cut into chunks, the pieces say the same.
    """

    def __init__(self) -> None:
        self._pieces: list[Piece] = []
        self._text: list[str] = []
        self._held = ""
        self._open_ticks = 0
        self._is_line_blank = False

    def feed(self, chunk: str) -> list[Piece]:
        for character in chunk:
            self._step(character)
        return self._drain()

    def close(self) -> list[Piece]:
        self._release()
        return self._drain()

    def _step(self, character: str) -> None:
        if self._held and self._continues(character):
            return
        self._release()
        if character == "`" or (character == "[" and not self._open_ticks):
            self._held = character
        else:
            self._write(character)

    def _continues(self, character: str) -> bool:
        """Whether `character` belongs to what is held; a closing bracket decides it at once."""
        if self._held[0] == "`":
            is_more = character == "`"
        elif character == "]" and _MARK.fullmatch(self._held + character):
            self._flush_text()
            self._pieces.append(Mark(tuple(int(n) for n in _NUMBER.findall(self._held))))
            self._held = ""
            return True
        else:
            is_more = character in _INSIDE_MARK and len(self._held) < _LONGEST_MARK
        if is_more:
            self._held += character
        return is_more

    def _release(self) -> None:
        """What is held turned out to be text, or a run of backticks that opens or closes code."""
        if self._held.startswith("`"):
            length = len(self._held)
            if not self._open_ticks:
                self._open_ticks = length
            elif length == self._open_ticks or (self._open_ticks >= _FENCE and length > _FENCE):
                self._open_ticks = 0
        for character in self._held:
            self._write(character)
        self._held = ""

    def _write(self, character: str) -> None:
        if character == "\n":
            # An inline code span ends with its paragraph, whether or not it was closed.
            if self._is_line_blank and self._open_ticks < _FENCE:
                self._open_ticks = 0
            self._is_line_blank = True
        elif not character.isspace():
            self._is_line_blank = False
        self._text.append(character)

    def _flush_text(self) -> None:
        if self._text:
            self._pieces.append("".join(self._text))
            self._text.clear()

    def _drain(self) -> list[Piece]:
        self._flush_text()
        pieces, self._pieces = self._pieces, []
        return pieces


def strip_marks(text: str) -> str:
    """`text` without its citation marks: an earlier answer's numbers mean nothing in a later one."""
    parser = MarkParser()
    pieces = [*parser.feed(text), *parser.close()]
    plain = "".join(piece for piece in pieces if isinstance(piece, str))
    return re.sub(r"(?<![ \t])[ \t]+(?=[.,;:\n]|$)", "", plain).strip()


def neutralise_marks(text: str) -> str:
    """A passage's own marks in round brackets, so that a quoted `[12]` cannot pose as a citation."""
    return _MARK.sub(lambda mark: f"({mark.group()[1:-1]})", text)
