"""Nothing of a document is left once it is deleted: a word that stands nowhere else is looked for in every table, file and cache."""

import json
from email.message import EmailMessage

import pytest
from asgiref.sync import async_to_sync
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection

from apps.accounts.models import AuditEntry
from apps.documents import search as documents_search
from apps.documents.models import Document, DocumentVersion, IngestJob, LooseFile, Passage, PassageEmbedding, PassageTerms
from apps.documents.selectors import get_library_summary
from apps.documents.services import delete_document, embed_waiting, read_next
from apps.documents.services.documents import purge_document
from apps.documents.services.originals import sweep_files

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = "xylocanary"


def mail(number):
    message = EmailMessage()
    message["Subject"], message["From"] = f"{CANARY} subject {number}", "ann@example.org"
    message.set_content(f"The {CANARY} body number {number}.")
    message.add_attachment(f"The {CANARY} note {number}.".encode(), maintype="text", subtype="plain", filename=f"{CANARY}-note.txt")
    message.add_attachment(b"MZ" + bytes(200), maintype="application", subtype="octet-stream", filename=f"{CANARY}-setup.exe")
    return message.as_bytes()


def rows_with(word):
    """Return table and column of every value in the database that holds the word, whatever its type."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND data_type IN"
            " ('text', 'character varying', 'character', 'json', 'jsonb', 'tsvector', 'bytea', 'ARRAY', 'USER-DEFINED', 'uuid')"
        )
        for table, column in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE "{column}"::text ILIKE %s', [f"%{word}%"])
            found += [(table, column)] * bool(cursor.fetchone()[0])
    return found


def files_with(word):
    found, folders = [], [""]
    while folders:
        folder = folders.pop()
        inside, files = default_storage.listdir(folder)
        folders += [f"{folder}/{one}".strip("/") for one in inside]
        found += [one for one in (f"{folder}/{name}" for name in files) if word.encode() in default_storage.open(one).read()]
    return found


def cached_with(word):
    return [key for key, value in cache._cache.items() if word.encode() in value or word in key]


@pytest.fixture
def work(models):
    """Read and embed all that waits."""

    def do():
        while read_next(models=models):
            pass
        embed_waiting()

    return do


@pytest.fixture
def message(alice_reader, upload, work):
    """A message in its second version, with an attachment in its own, and a third that waits; all of it was found and looked at."""
    for number in (1, 2):
        document = upload(alice_reader, mail(number), f"{CANARY}.eml")
        work()
    upload(alice_reader, mail(3), f"{CANARY}.eml")
    assert {hit.document_id for hit in async_to_sync(documents_search.search)(alice_reader, CANARY)} >= {document.pk}
    get_library_summary(alice_reader)
    document.refresh_from_db()
    assert (document.state, document.versions.count(), document.attachments.count()) == ("ready", 3, 1)
    return document


def ids_of(*models):
    return [str(pk) for model in models for pk in model.objects.values_list("pk", flat=True)]


def nothing_is_left(ids):
    assert rows_with(CANARY) == []
    assert files_with(CANARY) == []
    assert cached_with(CANARY) == []
    for model in (Document, DocumentVersion, IngestJob, Passage, PassageEmbedding, PassageTerms, LooseFile):
        assert not model.objects.exists(), model
    tables = {table for one in ids for table, _column in rows_with(one)}
    assert tables <= {"accounts_auditentry"}


def test_the_word_is_found_while_the_document_is_there(message):
    found = {table for table, _ in rows_with(CANARY)}
    assert {"documents_document", "documents_documentversion", "documents_passage"} <= found
    assert len(files_with(CANARY)) == DocumentVersion.objects.count() == 5


def test_of_a_deleted_document_nothing_is_left_but_its_id_in_the_trail(message, alice_reader):
    ids = ids_of(Document, DocumentVersion, IngestJob)
    delete_document(alice_reader, message)
    nothing_is_left(ids)
    assert AuditEntry.objects.filter(action="document.deleted").count() == 2
    assert CANARY not in json.dumps([entry.detail for entry in AuditEntry.objects.all()])


def test_nothing_is_left_where_the_worker_was_reading_it(message, alice_reader, models):
    ids = ids_of(Document, DocumentVersion, IngestJob)

    def read(path, kind, progress, desk):
        from apps.documents.ingest.pipeline import read_here

        delete_document(alice_reader, message)
        return read_here(path, kind, progress, desk)

    assert read_next(models=models, read=read)
    nothing_is_left(ids)


def test_nothing_is_left_where_who_deleted_it_died_before_the_files_went(message, alice_reader, monkeypatch):
    ids = ids_of(Document, DocumentVersion, IngestJob)
    with monkeypatch.context() as dead:
        dead.setattr("apps.documents.services.originals.remove_original", lambda place: None)
        delete_document(alice_reader, message)
    assert len(files_with(CANARY)) == LooseFile.objects.count() == 5
    LooseFile.objects.update(since="2020-01-01T00:00Z")
    assert sweep_files() == 5
    nothing_is_left(ids)


def test_what_a_message_no_longer_brings_is_gone_as_well(alice_reader, upload, work):
    document = upload(alice_reader, mail(1), "offer.eml")
    work()
    plain = EmailMessage()
    plain["Subject"] = "Nothing"
    plain.set_content("No more.")
    upload(alice_reader, plain.as_bytes(), "offer.eml")
    work()
    document.refresh_from_db()
    assert document.current_version.number == 2
    assert not document.attachments.exists()
    assert Document.objects.count() == 1


def test_a_purge_of_what_is_gone_changes_nothing(message, alice_reader):
    delete_document(alice_reader, message)
    purge_document(message)
    assert not LooseFile.objects.exists()


@pytest.mark.parametrize("whole", ["collection", "workspace"])
def test_a_collection_or_workspace_that_goes_takes_all_of_it_and_the_sweeper_the_files(message, whole):
    """No service deletes one yet: whatever will, the database says which files nobody holds any more."""
    ids = ids_of(Document, DocumentVersion, IngestJob)
    gone = message.collection if whole == "collection" else message.collection.workspace
    gone.delete()
    assert len(files_with(CANARY)) == LooseFile.objects.count() == 5
    LooseFile.objects.update(since="2020-01-01T00:00Z")
    assert sweep_files() == 5
    nothing_is_left(ids)


def test_what_a_person_added_stays_with_the_workspace_when_they_go(message, alice):
    alice.delete()
    assert set(Document.objects.values_list("owner", flat=True)) == {None}
    assert len(files_with(CANARY)) == 5
