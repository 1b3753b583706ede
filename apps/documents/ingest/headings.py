"""The headings above a passage: a reader's way to it, and context for the embedder."""

from apps.documents.constants import HEADING_PATH_TOKENS
from apps.documents.ingest.types import CountTokens

_NAME_CHARS_MAX = 200
_DEPTH_MAX = 6
SEAM = " \u203a "


class HeadingPath:
    """The open headings while a document is read from top to end."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for _level, name in self._open)

    def enter(self, level: int, text: str) -> None:
        """Open a heading; it closes those of its own level and below."""
        self._open = [(other, name) for other, name in self._open if other < level]
        self._open = [*self._open[: _DEPTH_MAX - 1], (level, shorten(text))]


def shorten(text: str) -> str:
    """Return a heading as one line of bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= _NAME_CHARS_MAX else line[: _NAME_CHARS_MAX - 1] + "\u2026"


def fit_path(title: str, path: tuple[str, ...], count: CountTokens) -> tuple[str, ...]:
    """Return title and headings to embed with a passage, the outermost left out until they fit."""
    title = shorten(title)
    names = path if not title or title in path else (title, *path)
    while names:
        if count([SEAM.join(names)])[0] <= HEADING_PATH_TOKENS:
            return names
        names = names[1:]
    return ()
