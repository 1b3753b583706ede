import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import Membership
from apps.common.errors import Invalid, NotAllowed, NotFound, TooLarge
from apps.documents.errors import FileRefused
from apps.documents.models import Collection, Document, IngestJob
from apps.documents.services import receive_file, uploads
from apps.documents.services.originals import safe_name, title_of
from tests.documents.files import make_pdf

pytestmark = pytest.mark.django_db


def stored_files() -> list[str]:
    found: list[str] = []
    folders = ["documents"] if default_storage.exists("documents") else []
    while folders:
        folder = folders.pop()
        inner, files = default_storage.listdir(folder)
        found += [f"{folder}/{name}" for name in files]
        folders += [f"{folder}/{name}" for name in inner]
    return found


def receive(reader, data=b"Some words.", name="notes.txt", **options):
    return receive_file(reader, file=SimpleUploadedFile(name, data), name=name, **options)


def test_a_file_is_stored_recorded_and_queued(alice_reader, upload, hints):
    document = upload(alice_reader, make_pdf(["Hello"]), "../Quarterly report.PDF")
    job = document.jobs.get()
    assert (document.title, document.source_name, document.kind) == ("Quarterly report", "Quarterly report.PDF", "pdf")
    assert (document.state, job.state, document.collection.name) == ("processing", "queued", "General")
    assert hints == [("documents.ingest",)]
    assert default_storage.exists(document.original.name)


def test_nothing_of_the_file_s_name_is_in_its_path(alice_reader, upload):
    document = upload(alice_reader, name="secret-plan.txt")
    assert "secret" not in document.original.name
    assert str(alice_reader.workspace.id) in document.original.name


def test_the_library_s_bell_rings_when_it_is_saved(alice_reader, upload, rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        document = upload(alice_reader)
    assert rung == [(f"library.{alice_reader.workspace.id}", {"document": str(document.id)})]


def test_the_same_bytes_are_taken_once(alice_reader, bob_reader, hints):
    first = receive(alice_reader)
    second = receive(bob_reader, name="other name.txt")
    assert (second.document, second.is_new) == (first.document, False)
    assert len(stored_files()) == 1


def test_who_lost_the_right_while_the_file_was_stored_adds_nothing(alice_reader, monkeypatch):
    store = uploads.store_original

    def store_slowly(*args):
        place = store(*args)
        Membership.objects.filter(user=alice_reader.user).update(role="viewer")
        return place

    monkeypatch.setattr(uploads, "store_original", store_slowly)
    with pytest.raises(NotAllowed):
        receive(alice_reader)
    assert stored_files() == []
    assert not Document.objects.exists()


def test_who_lost_the_collection_meanwhile_is_told_that_there_is_none(alice_reader, bob_reader, make_shelf, monkeypatch):
    shelf, store = make_shelf("Shelf", everyone="write"), uploads.store_original

    def store_slowly(*args):
        Collection.objects.filter(pk=shelf.pk).update(everyone="none")
        return store(*args)

    monkeypatch.setattr(uploads, "store_original", store_slowly)
    with pytest.raises(NotFound):
        receive(bob_reader, collection=shelf)
    assert stored_files() == []


def test_the_same_bytes_in_another_collection_are_another_document(alice_reader, hints):
    shelf = Collection.objects.create(workspace=alice_reader.workspace, name="Shelf", slug="shelf")
    first, second = receive(alice_reader), receive(alice_reader, collection=shelf)
    assert second.is_new
    assert first.document != second.document


def test_the_same_bytes_for_other_readers_are_another_document(alice_reader, hints):
    mine, everybodys = receive(alice_reader, access="restricted"), receive(alice_reader, access="public")
    assert everybodys.is_new
    assert everybodys.document.access == "public"
    assert mine.document != everybodys.document


def test_bytes_hidden_from_the_reader_are_not_given_away(alice_reader, bob_reader, hints):
    hidden = receive(alice_reader, access="restricted")
    own = receive(bob_reader)
    assert own.is_new
    assert own.document != hidden.document


def test_two_uploads_at_once_make_one_document(alice_reader, hints, monkeypatch):
    first = receive(alice_reader)
    answers = iter([None, first.document])
    monkeypatch.setattr("apps.documents.services.uploads._find_same", lambda *a: next(answers))
    second = receive(alice_reader)
    assert (second.document, second.is_new) == (first.document, False)
    assert len(stored_files()) == 1


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [(b"", "a.txt", "empty"), (b"  \n", "a.txt", "empty"), (b"GIF89a....", "a.pdf", "unsupported_type"), (b"PK\x03\x04cut", "a.docx", "unreadable")],
)
def test_a_file_that_is_refused_leaves_nothing_behind(alice_reader, data, name, reason, hints):
    with pytest.raises(FileRefused) as caught:
        receive(alice_reader, data, name)
    assert (caught.value.status, caught.value.reason) == (422, reason)
    assert (stored_files(), Document.objects.count(), IngestJob.objects.count(), hints) == ([], 0, 0, [])


def test_a_file_over_the_limit_is_refused(alice_reader, settings):
    settings.QUIRE_UPLOAD_MAX_BYTES = 10
    with pytest.raises(TooLarge) as caught:
        receive(alice_reader, b"eleven byte")
    assert "10 bytes" in caught.value.detail
    assert stored_files() == []


def test_a_file_is_removed_if_its_row_cannot_be_saved(alice_reader, monkeypatch):
    def fail(document, version):
        raise ConnectionError

    monkeypatch.setattr("apps.documents.services.versions.queue_job", fail)
    with pytest.raises(ConnectionError):
        receive(alice_reader)
    assert stored_files() == []


def test_who_may_only_view_may_not_add(bob, acme, reader_of):
    acme.memberships.filter(user=bob).update(role="viewer")
    with pytest.raises(NotAllowed):
        receive(reader_of(bob, acme))


def test_an_access_that_does_not_exist_is_refused(alice_reader):
    with pytest.raises(Invalid, match="public, internal, restricted"):
        receive(alice_reader, access="everybody")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("C:\\Users\\eve\\report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("line\nbreak\x00.txt", "linebreak.txt"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("y" * 300, "y" * 200),
        (" . ", "document"),
        ("", "document"),
    ],
)
def test_names_are_made_safe_to_show(name, shown):
    assert safe_name(name) == shown


@pytest.mark.parametrize(("name", "title"), [("a.b.pdf", "a.b"), ("README", "README"), (".env", ".env"), ("a.averylongsuffix", "a.averylongsuffix")])
def test_a_title_is_the_name_without_its_suffix(name, title):
    assert title_of(name) == title
