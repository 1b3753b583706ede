"""A child may have left anything in its folder; only its own plain files come out of it."""

import os

import pytest

from apps.documents.errors import ContentTooLarge, UnreadableFile
from apps.documents.ingest.confined import attachments
from apps.documents.ingest.confined.errors import FalseFrame
from apps.documents.ingest.parsers.base import Desk


@pytest.fixture
def left(tmp_path):
    """The folder that a child left."""
    folder = tmp_path / "left"
    folder.mkdir()
    return folder


@pytest.fixture
def take(left, tmp_path):
    into = tmp_path / "into"
    into.mkdir()

    def take(*named):
        descriptor = os.open(left, os.O_RDONLY)
        try:
            return attachments.take_attachments(descriptor, named, into)
        finally:
            os.close(descriptor)

    return take


def test_names_are_kept_and_files_get_names_of_their_own(left, take):
    (left / "1").write_bytes(b"one")
    (left / "2").write_bytes(b"")
    taken = take(("../../etc/passwd", "1"), ("../../etc/passwd", "2"))
    assert [(attachment.name, attachment.path.name, attachment.path.read_bytes()) for attachment in taken] == [
        ("../../etc/passwd", "attachment-1", b"one"),
        ("../../etc/passwd", "attachment-2", b""),
    ]


@pytest.mark.parametrize("place", ["", ".", "..", "../secret", "/etc/passwd", "folder/file", "link", "hard", "pipe", "folder", "socket", "nothing"])
def test_what_is_no_plain_file_of_the_child_is_not_taken(left, take, tmp_path, place):
    secret = tmp_path / "secret"
    secret.write_text("secret", encoding="utf-8")
    (left / "link").symlink_to(secret)
    (left / "hard").hardlink_to(secret)
    (left / "folder").mkdir()
    (left / "folder" / "file").write_bytes(b"x")
    os.mkfifo(left / "pipe")
    os.mknod(left / "socket", 0o140600)
    with pytest.raises(FalseFrame):
        take(("name", place))


def test_all_together_have_a_limit(left, take, tmp_path, monkeypatch):
    monkeypatch.setattr(attachments, "MAX_ARCHIVE_BYTES", 5)
    (left / "1").write_bytes(b"123")
    assert len(take(("name", "1"))) == 1
    (tmp_path / "into" / "attachment-1").unlink()
    with pytest.raises(ContentTooLarge):
        take(("name", "1"), ("name", "1"))


@pytest.mark.parametrize("named", ["nothing", "../file"])
def test_a_child_that_names_what_is_not_there_is_told_as_a_crash(read, tmp_path, is_empty, named):
    with pytest.raises(UnreadableFile):
        list(read("attach_falsely", named, desk=Desk(tmp_path)).pages)
    assert is_empty()
    assert list(tmp_path.iterdir()) == []
