"""The two ends of a child's pipes, within one process."""

import errno
import os
import socket
import threading

import pytest

from apps.documents.errors import NoText
from apps.documents.ingest import ocr
from apps.documents.ingest.confined import child, programs
from apps.documents.ingest.confined.child import Task, read
from apps.documents.ingest.confined.frames import FrameBuffer
from apps.documents.ingest.types import Attachment, Parsed
from apps.documents.types import Kind


@pytest.fixture
def task(tmp_path, monkeypatch):
    # `read` sets it for its process.
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "file").write_text("# Head\n\nText.\n", encoding="utf-8")
    return Task(tmp_path / "file", Kind.MARKDOWN, "eng", tmp_path, True)


def told(task, build=lambda: None) -> list:
    reading, writing = os.pipe()
    try:
        read(task, writing, build)
    finally:
        os.close(writing)
    buffer = FrameBuffer()
    with os.fdopen(reading, "rb") as file:
        buffer.feed(file.read())
    return list(iter(buffer.take, None))


def test_a_child_tells_what_it_reads(task):
    assert [frame[0] for frame in told(task) if frame[0] != "progress"] == ["header", "page", "block", "block", "page_end", "end"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (NoText("Nothing."), ["refused", "no_text"]),
        (MemoryError(), ["refused", "too_large"]),
        (OSError(errno.ENOSPC, "full"), ["refused", "too_large"]),
        (OSError(errno.EACCES, "no"), ["failed", "PermissionError"]),
        (KeyError("words"), ["failed", "KeyError"]),
    ],
)
def test_a_child_tells_how_reading_ended(task, error, expected):
    def build() -> None:
        raise error

    [frame] = told(task, build)
    assert frame[:2] == expected


def test_a_child_that_nobody_listens_to_ends(task):
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(BrokenPipeError):
        read(task, writing, lambda: None)
    os.close(writing)


def test_only_pictures_need_a_program(task):
    assert not task.needs_program
    assert Task(task.path, Kind.PDF, "eng", task.folder, True).needs_program
    assert not Task(task.path, Kind.PDF, "", task.folder, True).needs_program


def test_attachments_are_named_by_their_place_in_the_folder(task):
    parsed = Parsed("", [], attachments=[Attachment("a\0.txt", task.folder / "1")])
    assert child._attachments(parsed, task.folder) == [("a.txt", "1")]


@pytest.fixture
def ask(tmp_path):
    """Ask a helper whose program is a script."""
    program = tmp_path / "program"
    program.write_text('#!/bin/sh\n[ "$1" = fail ] && exit 3\n[ "$1" = wait ] && exec sleep 60\necho "$1"; cat\n', encoding="utf-8")
    program.chmod(0o700)
    ours, theirs = socket.socketpair()

    def serve() -> None:
        # A helper closes all with its end.
        with theirs:
            programs.serve(theirs.fileno(), program, lambda: None)

    helper = threading.Thread(target=serve)
    helper.start()
    yield lambda command, data=b"", seconds=30.0: programs.ask(ours.fileno(), command, data, seconds)
    ours.close()
    helper.join(30)
    assert not helper.is_alive()


def test_a_helper_runs_its_program_whatever_it_is_asked_for(ask):
    assert ask(["/bin/sh", "word"], b"data" * 100_000) == "word\n" + "data" * 100_000


@pytest.mark.parametrize(("word", "seconds"), [("fail", 30.0), ("wait", 0.1), ("word", 0.0)])
def test_a_helper_tells_that_its_program_gave_no_answer(ask, word, seconds):
    with pytest.raises(ocr.OcrFailed):
        ask(["x", word], seconds=seconds)


def test_a_helper_takes_no_endless_command(ask):
    with pytest.raises(ocr.OcrFailed):
        ask(["x", "y" * 100_000])


def test_a_helper_that_is_gone_is_text_recognition_that_failed():
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours, pytest.raises(ocr.OcrFailed, match="cannot be asked"):
        programs.ask(ours.fileno(), ["x"], b"", 10)
