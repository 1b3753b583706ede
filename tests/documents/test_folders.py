"""What of a folder is added, and what is left out."""

import os

import pytest

from apps.documents.services.folders import Found, LeftOut, walk


def test_what_became_something_else_than_a_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/etc/hostname")
    for name in ("pipe", "link"):
        with pytest.raises(OSError, match=r"^"):
            Found(tmp_path / name, name).open()


def test_a_folder_may_be_deeper_than_python(tmp_path):
    path = tmp_path
    for _ in range(400):
        path = path / "d"
    path.mkdir(parents=True)
    (path / "a.txt").write_text("x")
    assert len(list(walk([tmp_path / "d"], LeftOut()))) == 1


def test_what_is_named_and_is_neither_file_nor_folder_is_left_out(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    left_out = LeftOut()
    assert list(walk([tmp_path / "pipe"], left_out)) == []
    assert left_out.counts == {"special": 1}
