"""The server with parsers that misbehave: what each file tells its reader to do, it does.

Only tests start this module; the server itself takes no parsers from anywhere but its registry. The kind is CSV, so that
nothing here has to know how a real format looks: the file's text is the name of a function below.
"""

import contextlib
import importlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from apps.documents.errors import NoText
from apps.documents.ingest.confined import server
from apps.documents.ingest.confined.libraries import import_parsers
from apps.documents.ingest.parsers import registry
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.types import Attachment, Block, BlockKind, Page, Parsed, Progress, WordBox
from apps.documents.types import Kind, Unit
from tests.documents.confined import attacks

MEGABYTE = 1024 * 1024


def page_of(text: str, number: int | None = 1) -> Page:
    return Page(number, (Block(BlockKind.PARAGRAPH, text),))


class PlantedParser:
    name = "planted"
    version = 1

    def parse(self, path: Path, progress: Progress, desk: Desk = BARE) -> Parsed:
        word, *arguments = path.read_text(encoding="utf-8").split("\n")
        made = DEEDS[word](path, progress, desk, *arguments)
        return made if isinstance(made, Parsed) else Parsed("", [page_of(str(made))])


def good(path: Path, progress: Progress, desk: Desk) -> Parsed:
    words = (WordBox(0, 4, 0, 1, 2.5, 3, 4), WordBox(5, 9, 1, 1, 2, 3, 4))
    page = Page(7, (Block(BlockKind.HEADING, "Head", 2), Block(BlockKind.TABLE, "text here", 0, words, (3, 9), 4)), "Label")
    parsed = Parsed("Title", [page, page_of("é" * 300_000, None)], 2, Unit.SLIDE)
    parsed.unread_pages += [4]
    parsed.notes += ["A note."]
    progress(1, 2)
    return parsed


def many(path: Path, progress: Progress, desk: Desk) -> Parsed:
    def pages() -> Iterator[Page]:
        for number in range(1, 1001):
            progress(number, 1000)
            yield page_of("x" * 5_000, number)

    return Parsed("Many", pages(), 1000, Unit.PAGE)


def refuse_late(path: Path, progress: Progress, desk: Desk) -> Parsed:
    def pages() -> Iterator[Page]:
        yield page_of("one")
        raise NoText("Nothing more.")

    return Parsed("", pages())


def mistake(path: Path, progress: Progress, desk: Desk) -> str:
    raise KeyError("the words of the document")


def mistake_within_python(path: Path, progress: Progress, desk: Desk) -> None:
    importlib.import_module("no_such_module")


def die(path: Path, progress: Progress, desk: Desk, number: str) -> None:
    os.kill(os.getpid(), int(number))


def leave(path: Path, progress: Progress, desk: Desk) -> None:
    os._exit(0)


def loop(path: Path, progress: Progress, desk: Desk) -> None:
    while True:
        pass


def sleep(path: Path, progress: Progress, desk: Desk) -> None:
    progress(0, 1)
    time.sleep(3600)


def memory(path: Path, progress: Progress, desk: Desk) -> str:
    return str(len(bytearray(10 * 1024 * MEGABYTE)))


def fill(path: Path, progress: Progress, desk: Desk) -> None:
    with Path("sparse").open("wb") as file:
        file.truncate(1 << 40)


def litter(path: Path, progress: Progress, desk: Desk) -> None:
    for number in range(1_000_000):
        Path(f"litter-{number}").write_bytes(b"x")
        time.sleep(0)


def attach(path: Path, progress: Progress, desk: Desk) -> Parsed:
    assert desk.folder is not None
    first, second = desk.folder / "first", desk.folder / "second"
    first.write_bytes(b"1")
    second.write_bytes(b"22")
    return Parsed("", [page_of("text")], attachments=[Attachment("First.txt", first), Attachment("Zweite Übung.pdf", second)])


def lie(path: Path, progress: Progress, desk: Desk, hexadecimal: str) -> None:
    """Say something of one's own to the worker, past all that a parser could make."""
    os.write(3, bytes.fromhex(hexadecimal))
    time.sleep(3600)


def shout(path: Path, progress: Progress, desk: Desk) -> None:
    """Say without end what is no frame's end."""
    while True:
        os.write(3, b"\x00\x10\x00\x00" + b"[" * 1024 * 1024)


def attach_falsely(path: Path, progress: Progress, desk: Desk, place: str) -> Parsed:
    assert desk.folder is not None
    return Parsed("", [page_of("text")], attachments=[Attachment("Secret", desk.folder / place)])


def boast(path: Path, progress: Progress, desk: Desk) -> Parsed:
    """What a file says of itself has no limit."""
    page = Page(1, (), "l\0" * 10_000)
    return Parsed("t\0" * 1_000_000, [page], notes=["n" * 10_000] * 1000)


def attach_much(path: Path, progress: Progress, desk: Desk) -> Parsed:
    return Parsed("", [page_of("text")], attachments=[Attachment("name", desk.folder / str(number)) for number in range(2000)])


Deed = Callable[..., object]
_OWN = (
    good,
    many,
    refuse_late,
    mistake,
    mistake_within_python,
    die,
    leave,
    loop,
    sleep,
    memory,
    fill,
    litter,
    attach,
    lie,
    shout,
    attach_falsely,
    boast,
    attach_much,
)
DEEDS: dict[str, Deed] = attacks.DEEDS | {deed.__name__: deed for deed in _OWN}


def plant() -> None:
    import_parsers()
    for kind in (Kind.CSV, Kind.IMAGE):
        registry._PARSERS[kind] = "planted:PlantedParser"
    sys.modules["apps.documents.ingest.parsers.planted"] = sys.modules[PlantedParser.__module__]


@contextlib.contextmanager
def measured() -> Iterator[None]:
    """Have the server's lines counted where the tests' are: its environment is empty, so nobody else starts that."""
    place = os.environ.pop("QUIRE_TESTS_COVERAGE", "")
    if not place:
        yield
        return
    import coverage

    count = coverage.Coverage(place, data_suffix=True, branch=True, source=["apps"])
    count.start()
    for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
        del os.environ[name]
    yield
    count.stop()
    # An ordinary user may not write there.
    with contextlib.suppress(coverage.CoverageException):
        count.save()


if __name__ == "__main__":
    with measured():
        server.main(sys.argv[1:], plant)
