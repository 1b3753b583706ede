"""A disk that is full, at whichever step, is told in words and leaves nothing; what is stored is for its owner alone."""

import errno
import tempfile
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from apps.documents.errors import StorageAway, StorageFull
from apps.documents.models import Document, IngestJob, LooseFile
from apps.documents.services import originals
from apps.documents.services.originals import hold_original, local_copy, release_originals, remove_original, store_original, sweep_files
from apps.documents.upload_handler import ToldTemporaryFiles

pytestmark = pytest.mark.django_db

UPLOAD = {"api": "/api/v1/documents", "page": "/w/acme/library/upload/"}


@pytest.fixture
def folder(settings, tmp_path, _empty_storage):
    """Originals in a folder, as they are without S3, and temporary files of uploads in another."""
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "temp")
    (tmp_path / "temp").mkdir()
    return tmp_path


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def post(client, door, data=b"Words.", name="a.txt"):
    return client.post(UPLOAD[door], {"file": SimpleUploadedFile(name, data)}, HTTP_X_QUIRE_WORKSPACE="acme")


def nothing_is_left(folder):
    return not (files_in(folder) or Document.objects.exists() or IngestJob.objects.exists() or LooseFile.objects.exists())


@pytest.mark.parametrize("size", [10, 5_000_000])
def test_what_is_stored_is_for_quire_s_own_eyes(alice, acme, client_for, folder, hints, rung, size):
    """A small upload is written, a large one moved from its temporary file."""
    assert post(client_for(alice), "api", b"x" * size).status_code == 202
    (file,) = files_in(folder)
    assert file.stat().st_mode & 0o777 == 0o600
    between = [parent for parent in file.parents if parent.is_relative_to(folder / "media")]
    assert len(between) == 3
    assert {parent.stat().st_mode & 0o777 for parent in between} == {0o700}


def fail_midway(number):
    """A storage that writes a part of a file, and then finds no room."""

    def save(self, name, content):
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.read(3))
        raise OSError(number, "no")

    return save


@pytest.mark.parametrize("door", UPLOAD)
@pytest.mark.parametrize(
    ("number", "status", "words"),
    [(errno.ENOSPC, 507, "full"), (errno.EDQUOT, 507, "full"), (errno.EROFS, 503, "does not answer")],
)
def test_a_disk_that_is_full_while_a_file_is_stored_takes_nothing(alice, acme, client_for, folder, monkeypatch, door, number, status, words):
    monkeypatch.setattr(FileSystemStorage, "_save", fail_midway(number))
    answer = post(client_for(alice), door)
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert nothing_is_left(folder)


@pytest.mark.parametrize("door", UPLOAD)
@pytest.mark.parametrize("step", ["new_file", "receive_data_chunk", "file_complete"])
def test_a_disk_that_is_full_while_a_file_comes_in_takes_nothing(alice, acme, client_for, folder, monkeypatch, door, step):
    whole = getattr(TemporaryFileUploadHandler, step)

    def full(self, *args, **kwargs):
        whole(self, *args, **kwargs)
        raise OSError(errno.ENOSPC, "no")

    monkeypatch.setattr(TemporaryFileUploadHandler, step, full)
    answer = post(client_for(alice), door, b"x" * 3_000_000)
    assert answer.status_code == 507
    assert "storage_full" in answer.content.decode() or "no room left" in answer.content.decode().lower()
    assert nothing_is_left(folder)


def test_other_trouble_with_a_temporary_file_is_not_called_a_full_disk(monkeypatch):
    handler = ToldTemporaryFiles()
    monkeypatch.setattr(TemporaryFileUploadHandler, "new_file", lambda *_, **__: (_ for _ in ()).throw(OSError(errno.EACCES, "no")))
    with pytest.raises(OSError, match="no") as trouble:
        handler.new_file()
    assert not isinstance(trouble.value, StorageFull)


def test_a_disk_that_is_full_before_the_temporary_file_is_there_is_told(monkeypatch):
    monkeypatch.setattr(TemporaryFileUploadHandler, "new_file", lambda *_, **__: (_ for _ in ()).throw(OSError(errno.ENOSPC, "no")))
    with pytest.raises(StorageFull):
        ToldTemporaryFiles().new_file()


# --- who dies between two steps


@pytest.fixture
def store(acme, folder):
    return lambda: store_original(acme.pk, SimpleUploadedFile("a.txt", b"Words."))


def let_time_pass():
    LooseFile.objects.update(since="2020-01-01T00:00Z")


def test_who_dies_before_the_row_leaves_a_file_to_the_sweeper(store, folder):
    store()
    assert sweep_files() == 0
    let_time_pass()
    assert sweep_files() == 1
    assert nothing_is_left(folder)


def test_who_dies_while_the_file_is_written_leaves_it_to_the_sweeper(store, folder, monkeypatch):
    class Died(BaseException):
        pass

    def die(self, name, content):
        path = Path(self.path(name))
        path.parent.mkdir(parents=True)
        path.write_bytes(b"Wo")
        raise Died

    monkeypatch.setattr(FileSystemStorage, "_save", die)
    with pytest.raises(Died):
        store()
    assert len(files_in(folder)) == LooseFile.objects.count() == 1
    let_time_pass()
    sweep_files()
    assert nothing_is_left(folder)


def test_who_dies_after_a_deletion_leaves_the_file_to_the_sweeper(store, folder):
    place = store()
    hold_original(place)
    release_originals([place, ""])  # its transaction is never over here, so nothing was removed yet
    assert files_in(folder)
    let_time_pass()
    sweep_files()
    assert nothing_is_left(folder)


def test_a_file_that_a_version_holds_is_swept_by_nobody(store, folder):
    hold_original(store())
    let_time_pass()
    assert sweep_files() == 0
    assert files_in(folder)


def test_a_file_that_was_swept_meanwhile_is_held_by_no_version(store):
    from apps.common.errors import Conflict

    place = store()
    let_time_pass()
    sweep_files()
    with pytest.raises(Conflict):
        hold_original(place)


def test_two_sweepers_at_once_remove_a_file_once(store, monkeypatch):
    place = store()
    LooseFile.objects.filter(pk=place).delete()
    assert originals._sweep(place) is False


def test_what_the_disk_does_not_let_go_of_is_tried_again(store, folder, monkeypatch):
    place = store()
    let_time_pass()
    with monkeypatch.context() as away:
        away.setattr(FileSystemStorage, "delete", lambda *_: (_ for _ in ()).throw(PermissionError))
        remove_original(place)
        assert sweep_files() == 0
    assert LooseFile.objects.count() == 1
    assert sweep_files() == 1
    assert nothing_is_left(folder)


def test_a_storage_that_is_away_is_asked_once_for_all_that_goes(store, monkeypatch, django_capture_on_commit_callbacks):
    places, asked = [store() for _ in range(3)], []

    def refuse(_storage, place):
        asked.append(place)
        raise PermissionError

    monkeypatch.setattr(FileSystemStorage, "delete", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        originals.release_originals(places)
    assert len(asked) == 1
    assert LooseFile.objects.count() == 3


def test_a_file_is_lent_whole_and_its_copy_goes(store):
    beats = []
    with local_copy(store(), lambda: beats.append(1)) as path:
        assert path.read_bytes() == b"Words."
    assert beats == [1]
    assert not path.parent.exists()
    assert tempfile.gettempdir() in str(path)


def test_a_storage_that_is_away_says_so_itself(acme, monkeypatch):
    def away(*_, **__):
        raise StorageAway

    monkeypatch.setattr("django.core.files.storage.InMemoryStorage.save", away)
    with pytest.raises(StorageAway):
        store_original(acme.pk, SimpleUploadedFile("a.txt", b"Words."))
    assert not LooseFile.objects.exists()


def test_a_storage_that_is_away_is_not_asked_for_each_file_and_nothing_is_lost(monkeypatch):
    """Of a collection that was deleted while S3 is down: hundreds of files, and a time-out for each."""
    LooseFile.objects.bulk_create(LooseFile(place=f"documents/{number}", since="2020-01-01T00:00Z") for number in range(10))
    asked = []

    def away(place):
        asked.append(place)
        raise StorageAway

    with monkeypatch.context() as down:
        down.setattr(originals.default_storage, "delete", away)
        assert sweep_files() == 0
    assert (len(asked), LooseFile.objects.count()) == (3, 10)
    assert sweep_files() == 10
    assert not LooseFile.objects.exists()
