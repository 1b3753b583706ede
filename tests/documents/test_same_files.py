"""Which document a file is: the same bytes as another, the next version of one, or one of its own."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.documents.constants import PATH_MAX_CHARS
from apps.documents.models import Document, IngestJob
from apps.documents.services import cancel_document, receive_file
from apps.documents.services.originals import safe_path
from tests.documents.test_attachments import mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def take(hints, rung):
    def take(reader, data, name="a.txt", **options):
        return receive_file(reader, file=SimpleUploadedFile(name, data), name=name, **options)

    return take


def test_nobody_is_pointed_to_another_s_file_that_is_not_read(alice_reader, bob_reader, take):
    cancelled = take(alice_reader, b"Some words.").document
    assert take(bob_reader, b"Some words.").document == cancelled
    cancel_document(alice_reader, cancelled)
    mine = take(bob_reader, b"Some words.")
    assert mine.is_new
    assert mine.document.owner == bob_reader.user
    # Who cancelled it may have it read again.
    assert take(alice_reader, b"Some words.").document == cancelled


def test_nobody_is_pointed_to_another_s_next_version_that_is_not_read(alice_reader, bob_reader, take, make_document):
    document = make_document(alice_reader, b"Old words.", "a.txt")
    take(alice_reader, b"New words.")
    assert take(bob_reader, b"New words.").document == document
    cancel_document(alice_reader, document)
    assert take(bob_reader, b"New words.").is_new
    assert take(bob_reader, b"Old words.", "b.txt").document == document


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a/.env", "a/env"),
        ("a./b.md", "a/b.md"),
        ("a/ /b.md", "a/b.md"),
        ("../a.md", "a.md"),
        ("a\u200bb.md", "ab.md"),
        (f"{'x' * 250}1.md", f"{'x' * 250}2.md"),
        (f"a/{'b/' * 600}c.md", f"d/{'b/' * 600}c.md"),
        ("\u200b", "\u200c"),
    ],
)
def test_paths_that_differ_stay_two(one, other):
    assert safe_path(one) != safe_path(other)
    assert 0 < len(safe_path(one)) <= PATH_MAX_CHARS


@pytest.mark.parametrize(
    ("path", "shown"),
    [("a/b.md", "a/b.md"), ("./a//b.md", "a/b.md"), ("/a\\b.md", "a/b.md"), ("u\u0308ber/a.md", "\u00fcber/a.md"), (".config/a.md", ".config/a.md")],
)
def test_a_path_is_written_in_one_way(path, shown):
    assert safe_path(path) == shown


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "a/../b", "..\\..\\b", "a/\x00\n/b", ".. /b", "../..", ""])
def test_no_path_leads_anywhere(path):
    parts = safe_path(path).split("/")
    assert all(part.strip(" .") and part.isprintable() for part in parts)


def test_files_of_one_form_are_not_versions_of_each_other(alice, acme, client_for, hints, rung):
    files = [SimpleUploadedFile(name, name.encode()) for name in ("a.txt", "b.txt")]
    answer = client_for(alice).post(
        reverse("documents:upload", args=[acme.slug]), {"file": files, "path": "folder/a.txt"}, headers={"accept": "application/json"}
    )
    assert [one["outcome"] for one in answer.json()["results"]] == ["taken", "taken"]
    assert set(Document.objects.values_list("source_path", flat=True)) == {"a.txt", "b.txt"}


def test_two_attachments_of_one_name_under_a_long_path_are_read(alice_reader, take, models):
    from tests.documents.conftest import ingest_job

    path = "/".join(["folder"] * 140) + "/m.eml"
    message = take(alice_reader, mail(("scan.txt", b"One."), ("scan.txt", b"Two.")), "m.eml", path=path).document
    ingest_job(IngestJob.objects.get().id, models)
    message.refresh_from_db()
    assert message.state == "ready"
    assert message.attachments.count() == 2


def test_the_same_bytes_are_looked_for_by_indexes(alice_reader, take):
    """A library of 100,000 documents would be read as a whole for each file, and once under the lock of its collection."""
    with CaptureQueriesContext(connection) as queries:
        take(alice_reader, b"Some words.")
    looked = [one["sql"] for one in queries.captured_queries if " UNION " in one["sql"] and '"sha256"' in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {looked[0]}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert len(looked) == 2
    assert "version_unread_bytes" in plan
    assert "Seq Scan" not in plan
