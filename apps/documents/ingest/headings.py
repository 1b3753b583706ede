"""The headings above a passage: a reader's way to it, and context for the embedder."""

from apps.documents.ingest.types import CountTokens

_NAME_CHARS_MAX = 200
_DEPTH_MAX = 6
_KNOWN_MAX = 64
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


class PathFitter:
    """Says which names to embed with a passage: title, the page's own name and headings, the outermost left out until they fit.

    It remembers its last answers: passages of a section follow one another, and each question costs a count.
    """

    def __init__(self, title: str, count: CountTokens, tokens: int) -> None:
        self._title = shorten(title)
        self._count = count
        self._tokens = tokens
        self._known: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {}

    def fit(self, label: str, path: tuple[str, ...]) -> tuple[str, ...]:
        place = (label, path)
        if place not in self._known:
            if len(self._known) >= _KNOWN_MAX:
                self._known.clear()
            self._known[place] = self._fit(shorten(label), path)
        return self._known[place]

    def _fit(self, label: str, path: tuple[str, ...]) -> tuple[str, ...]:
        outer = dict.fromkeys(name for name in (self._title, label) if name and name not in path)
        names = (*outer, *path)
        while names and self._count([SEAM.join(names)])[0] > self._tokens:
            names = names[1:]
        return names
