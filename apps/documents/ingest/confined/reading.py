"""Reads a file through a confined child, in the shape of a parser: what comes back is checked, and waited for only so long."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apps.documents.errors import UnreadableFile
from apps.documents.ingest.confined.attachments import take_attachments
from apps.documents.ingest.confined.connection import CRASHED, ChildConnection, Patience, judge
from apps.documents.ingest.confined.errors import FalseFrame, ServerGone
from apps.documents.ingest.confined.host import HOST, Host, Running
from apps.documents.ingest.confined.messages import Assembly, End, Failed, Header, Moved
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.types import Attachment, Page, Parsed, Progress
from apps.documents.types import Kind

logger = logging.getLogger(__name__)

_USUAL = Patience()


def read_confined(path: Path, kind: Kind, progress: Progress, desk: Desk = BARE, *, patience: Patience = _USUAL, host: Host = HOST) -> Parsed:
    """Do as `get_parser(kind).parse(path, progress, desk)` does, in a child that can do nothing else.

    Raises a FileRefused, also while pages are read: `timed_out`, `too_large` and a crash are the file's own and final. Raises
    ReaderGone, which is worth another try, where the server ended. What `progress` raises ends the child and comes through.
    """
    running = _start(host)
    try:
        return _open(running, path, kind, progress, desk, patience)
    except ServerGone:
        logger.warning("reader.server_gone")
        return _open(_start(host, running), path, kind, progress, desk, patience)


def _start(host: Host, gone: Running | None = None) -> Running:
    try:
        return host.replace(gone) if gone else host.start()
    except OSError as error:
        raise ServerGone from error


def _open(running: Running, path: Path, kind: Kind, progress: Progress, desk: Desk, patience: Patience) -> Parsed:
    pages = ConfinedPages(ChildConnection(patience), progress, desk)
    try:
        return pages.open(running, path, kind)
    except BaseException:
        pages.close()
        raise


@contextmanager
def _believed() -> Iterator[None]:
    """A child that says what no honest one would is a crash of its file."""
    try:
        yield
    except FalseFrame as error:
        logger.error("reader.false_frame", extra={"error": str(error)})
        raise UnreadableFile(CRASHED) from None


class ConfinedPages(Iterator[Page]):
    """The pages as the child reads them. `close` ends it, as do the last page, an error, and letting go of this."""

    def __init__(self, child: ChildConnection, progress: Progress, desk: Desk) -> None:
        self._child, self._progress, self._desk = child, progress, desk
        self._assembly = Assembly()
        # Those of the Parsed, which is not held: letting go of it is letting go of this.
        self._unread: list[int] = []
        self._notes: list[str] = []
        self._attachments: list[Attachment] = []
        self._is_over = False

    def open(self, running: Running, path: Path, kind: Kind) -> Parsed:
        """Have a child forked, and return what it knows before the first page."""
        self._child.ask(running, path, kind, self._desk)
        with _believed():
            header = self._next_message()
            if not isinstance(header, Header):
                raise FalseFrame("no header")
        return Parsed(header.title, self, header.page_count, header.unit, self._unread, self._notes, self._attachments)

    def __next__(self) -> Page:
        if self._is_over:
            raise StopIteration
        try:
            with _believed():
                message = self._next_message()
                if isinstance(message, Page):
                    return message
                if not isinstance(message, End):
                    raise FalseFrame("a second header")
                self._finish(message)
        except BaseException:
            self.close()
            raise
        self.close()
        raise StopIteration

    def close(self) -> None:
        self._is_over = True
        self._child.close()

    def __del__(self) -> None:
        self.close()

    def _finish(self, end: End) -> None:
        self._unread += end.unread_pages
        self._notes += end.notes
        if end.attachments and self._desk.folder is not None:
            # Only once it is dead does nothing change in its folder any more.
            if self._child.wait_for_end() is None:
                raise FalseFrame("going on after its end")
            self._attachments += take_attachments(self._child.folder, end.attachments, self._desk.folder)

    def _next_message(self) -> Header | Page | End:
        """Return the next message that is more than a sign of life. Raises what the reading ended with."""
        while (frame := self._child.next_frame()) is not None:
            message = self._assembly.take(frame)
            if isinstance(message, Moved):
                self._progress(message.done, message.total)
            elif isinstance(message, Failed):
                logger.error("reader.parser_failed", extra={"error": message.error, "at": message.at})
                raise UnreadableFile(CRASHED)
            elif message is not None:
                return message
        raise self._judge()

    def _judge(self) -> Exception:
        ended = self._child.wait_for_end()
        logger.warning("reader.child_ended", extra={"code": ended and ended.code, "memory_bytes": ended and ended.memory})
        return judge(ended)
