"""A document is deleted at the moment in which somebody writes for it."""

import threading
import time
from contextlib import nullcontext

import pytest
from django.db import connection, connections

from apps.documents.models import Document, IngestJob, Passage, PassageEmbedding
from apps.documents.services import delete_document, embed_waiting, embedder, read_next, settling

pytestmark = pytest.mark.django_db(transaction=True)

BOOK = "\n\n".join(f"# Part {number}\n\n" + " ".join(f"word{number}x{place}" for place in range(150)) for number in range(80))


def is_waited_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
        return cursor.fetchone()[0] > 0


@pytest.fixture
def beside():
    """Do something in a thread of its own; returns what it raised, once it is joined."""
    threads = []

    def begin(deed):
        raised = []

        def work():
            try:
                deed()
            except Exception as error:
                raised.append(error)
            finally:
                connections.close_all()

        thread = threading.Thread(target=work)
        threads.append(thread)
        thread.start()
        return thread, raised

    yield begin
    for thread in threads:
        thread.join(60)


def test_vectors_that_are_being_written_go_with_their_document(alice_reader, upload, models, monkeypatch, beside):
    document = upload(alice_reader, BOOK, "book.md")
    assert read_next(models=models)
    # More than one round takes: its job is locked then, and not the document.
    assert Passage.objects.count() > embedder.EMBED_ROUND_TEXTS_A_JOB
    is_written, may_go_on = threading.Event(), threading.Event()
    settle = settling._note_progress

    def settle_later(*share):
        is_written.set()
        assert may_go_on.wait(60)
        settle(*share)

    monkeypatch.setattr(settling, "_note_progress", settle_later)
    embedding, embed_raised = beside(lambda: embed_waiting(make_models=lambda _workspace_id: nullcontext(models)))
    assert is_written.wait(60)
    deleting, delete_raised = beside(lambda: delete_document(alice_reader, document))
    until = time.monotonic() + 60
    while not is_waited_for_a_lock() and time.monotonic() < until:
        time.sleep(0.01)
    may_go_on.set()
    for thread in (embedding, deleting):
        thread.join(60)
    assert embed_raised == delete_raised == []
    assert not any(model.objects.exists() for model in (Document, IngestJob, Passage, PassageEmbedding))
