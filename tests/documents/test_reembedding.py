"""Another embedding model: what answers goes on answering by words, and gets its vectors in the background."""

from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from apps.documents.models import Document, IngestJob, Passage, PassageEmbedding
from apps.documents.rows import make_row
from apps.documents.search.legs import look_up_words
from apps.documents.search.question import plain_question
from apps.documents.search.types import Request
from apps.documents.selectors import get_document
from apps.documents.services import cancel_document, embed_waiting, reindex
from apps.documents.services.reindex import reindex_documents
from apps.documents.services.vectors import digest_of, fill_digests
from apps.documents.tasks import reindex as reindex_task
from apps.gateway.types import EmbeddingModelInfo
from tests.documents.conftest import MODEL, models_named
from tests.documents.files import make_pdf

pytestmark = pytest.mark.django_db

NEW = models_named("another-model")


@pytest.fixture(autouse=True)
def _told(hints, rung):
    cache.clear()


@pytest.fixture
def another_model(monkeypatch):
    """From now on Quire embeds with another model."""

    def change(name=NEW.name):
        monkeypatch.setattr(reindex, "get_embedding_model", lambda: EmbeddingModelInfo(name=name, dimension=384, window=256))

    return change


def embed(models=NEW):
    return embed_waiting(make_models=lambda workspace_id: nullcontext(models))


def vectors_of(model):
    return PassageEmbedding.objects.filter(model=model).count()


def test_documents_are_embedded_again_and_the_old_vectors_go_when_the_new_ones_are_whole(alice_reader, make_document, another_model, models):
    documents = [make_document(alice_reader, make_pdf([f"Page {number} of {name}." for number in range(3)]), f"{name}.pdf") for name in "ab"]
    before = {one.pk: (one.current_version_id, one.updated_at, one.state) for one in documents}
    another_model()
    assert reindex_documents() is False
    assert set(IngestJob.objects.filter(state="embedding").values_list("document", flat=True)) == before.keys()
    assert vectors_of(models.name) == Passage.objects.count() == 6
    embed()
    assert vectors_of(NEW.name) == vectors_of(models.name) == 6
    reindex_documents()
    assert (vectors_of(NEW.name), vectors_of(models.name)) == (6, 0)
    assert {one.pk: (one.current_version_id, one.updated_at, one.state) for one in Document.objects.all()} == before
    assert set(IngestJob.objects.values_list("state", flat=True)) == {"done"}


def test_nothing_is_queued_where_every_vector_is_there(alice_reader, make_document, another_model, models):
    make_document(alice_reader)
    another_model(models.name)
    assert reindex_documents() is False
    assert not IngestJob.objects.filter(state="embedding").exists()
    assert vectors_of(models.name) == 1


def test_words_find_a_document_that_has_no_vectors_yet(alice_reader, make_document, another_model):
    document = make_document(alice_reader, "The zebra stands.")
    PassageEmbedding.objects.all().delete()
    another_model()
    reindex_documents()
    found = look_up_words(alice_reader, Request(plain_question("zebra")), MODEL).found
    assert [pk for pk, _score in found] == list(document.current_version.passages.values_list("pk", flat=True))


def test_no_more_are_queued_at_a_time_than_may_be(alice_reader, make_document, another_model, hints):
    for number in range(3):
        make_document(alice_reader, f"Words {number}.", f"{number}.txt")
    another_model()
    del hints[:]
    assert reindex_documents(at_once=2) is True
    assert IngestJob.objects.filter(state="embedding").count() == 2
    assert hints == []
    assert reindex_documents(at_once=2) is True
    assert IngestJob.objects.filter(state="embedding").count() == 2
    embed()
    assert reindex_documents(at_once=2) is False
    assert vectors_of(NEW.name) + IngestJob.objects.filter(state="embedding").count() == 3


def test_the_next_call_goes_on_where_the_last_one_ended(alice_reader, make_document, another_model):
    first, second, third = sorted((make_document(alice_reader, f"Words {number}.", f"{number}.txt") for number in range(3)), key=lambda one: one.pk)
    another_model()
    assert reindex_documents(at_once=1) is True
    cancel_document(alice_reader, first)
    assert reindex_documents(at_once=1) is True
    assert IngestJob.objects.get(state="embedding").document == second
    embed()
    assert reindex_documents(at_once=1) is False
    assert IngestJob.objects.get(state="embedding").document == third
    embed()
    # What was cancelled meanwhile comes with the next time through all of them.
    assert reindex_documents() is False
    assert IngestJob.objects.get(state="embedding").document == first


def test_what_the_other_model_made_goes_while_others_are_still_waiting(alice_reader, make_document, another_model, models):
    for number in range(4):
        make_document(alice_reader, f"Words {number}.", f"{number}.txt")
    another_model()
    reindex_documents(at_once=1)
    reindex_documents(at_once=1)
    assert vectors_of(models.name) == 4
    embed()
    reindex_documents(at_once=1)
    assert (vectors_of(NEW.name), vectors_of(models.name)) == (1, 3)


@pytest.mark.parametrize(("forgets", "model"), [(cache.clear, NEW.name), (lambda: None, "a-third-model")], ids=["redis emptied", "a third model"])
def test_it_begins_anew_where_nobody_remembers_or_the_model_is_another_again(alice_reader, make_document, another_model, forgets, model):
    documents = [make_document(alice_reader, f"Words {number}.", f"{number}.txt") for number in range(3)]
    another_model()
    reindex_documents(at_once=1)
    first = IngestJob.objects.get(state="embedding").document
    cancel_document(alice_reader, first)
    forgets()
    another_model(model)
    reindex_documents(at_once=1)
    assert IngestJob.objects.get(state="embedding").document == first == min(documents, key=lambda one: one.pk)


def test_a_whole_library_is_not_looked_through_again_until_another_model_left_a_trace(alice_reader, make_document, another_model, models):
    make_document(alice_reader, "Some words.", "a.txt")
    other = make_document(alice_reader, "Other words.", "b.txt")
    another_model(models.name)
    reindex_documents()
    vectors = PassageEmbedding.objects.filter(passage__version=other.current_version)
    vector = vectors.get().vector
    vectors.delete()
    reindex_documents()
    assert not IngestJob.objects.filter(state="embedding").exists()
    PassageEmbedding.objects.create(passage=other.current_version.passages.get(), version=other.current_version, model="older", vector=vector)
    reindex_documents()
    assert IngestJob.objects.get(state="embedding").document == other


def test_vectors_of_other_models_are_removed_in_several_goes_and_found_by_the_index(alice_reader, make_document, another_model, models, monkeypatch):
    document = make_document(alice_reader, make_pdf(["One.", "Two.", "Three.", "Four.", "Five."]), "a.pdf")
    vector = PassageEmbedding.objects.first().vector
    passages = Passage.objects.filter(version=document.current_version)
    PassageEmbedding.objects.bulk_create(
        PassageEmbedding(passage=one, version_id=one.version_id, model=model, vector=vector) for one in passages for model in ("a", "z")
    )
    another_model(models.name)
    monkeypatch.setattr(reindex, "_REMOVED_AT_ONCE", 4)
    assert reindex_documents() is False
    assert set(PassageEmbedding.objects.values_list("model", flat=True)) == {models.name}
    assert vectors_of(models.name) == 5
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {reindex._OTHERS}", ["a"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "embedding_model" in plan
    assert "Seq Scan" not in plan


def test_the_next_ones_come_in_a_minute_and_once(alice_reader, monkeypatch):
    later = []
    monkeypatch.setattr(reindex_task, "apply_async", lambda **options: later.append(options))
    monkeypatch.setattr("apps.documents.tasks.reindex_documents", lambda: True)
    reindex_task()
    reindex_task()
    assert later == [{"countdown": 60}]


def test_what_people_wait_for_is_embedded_first(alice_reader, make_document, upload, another_model, models):
    from apps.documents.services.embedder import _claim
    from tests.documents.conftest import read_document

    make_document(alice_reader, "Old words.", "old.txt")
    another_model()
    reindex_documents()
    fresh = upload(alice_reader, "New words.", "new.txt")
    read_document(fresh.jobs.get().id, models=NEW)
    assert next(job.document_id for job in _claim()) == fresh.pk
    # Nor does anybody's next file wait for it.
    assert upload(alice_reader, "More.", "more.txt").jobs.get().turn < 10


def test_a_newer_file_ends_it_and_brings_its_own_vectors(alice_reader, make_document, upload, ingest, another_model, models):
    document = make_document(alice_reader, "Old words.", "a.txt")
    another_model()
    reindex_documents()
    ingest(upload(alice_reader, "New words.", "a.txt"))
    assert set(IngestJob.objects.values_list("state", flat=True)) == {"done", "cancelled"}
    document.refresh_from_db()
    assert document.current_version.number == 2


def test_a_version_that_was_superseded_meanwhile_does_not_come_back(alice_reader, make_document, another_model, read_again):
    document = make_document(alice_reader, "Old words.", "a.txt")
    old = document.current_version
    another_model()
    reindex_documents()
    job = IngestJob.objects.get(state="embedding")
    IngestJob.objects.filter(pk=job.pk).update(state="done")
    read_again(document)
    # As the handbook does, which publishes without a job.
    IngestJob.objects.filter(pk=job.pk).update(state="embedding")
    embed()
    document.refresh_from_db()
    assert document.current_version.number == 2
    assert not PassageEmbedding.objects.filter(passage__version=old).exists()


def test_it_can_be_cancelled_and_comes_again(alice_reader, make_document, another_model):
    document = make_document(alice_reader)
    another_model()
    reindex_documents()
    cancel_document(alice_reader, document)
    document.refresh_from_db()
    assert (document.state, Passage.objects.count()) == ("ready", 1)
    reindex_documents()
    assert embed() == 1


def test_a_document_that_is_being_read_or_was_never_is_left_alone(alice_reader, upload, another_model, make_document):
    upload(alice_reader)
    another_model()
    reindex_documents()
    assert not IngestJob.objects.filter(state="embedding").exists()


@pytest.mark.parametrize("meanwhile", ["deleted", "queued"])
def test_what_happened_to_a_document_meanwhile_is_respected(alice_reader, make_document, another_model, meanwhile):
    document = make_document(alice_reader)
    if meanwhile == "deleted":
        Document.objects.all().delete()
    else:
        IngestJob.objects.create(document=document, version=document.current_version, hinted_at=timezone.now() - timedelta(days=1))
    assert reindex._queue(document.pk, NEW.name) is False
    assert not IngestJob.objects.filter(state="embedding").exists()


def test_vectors_that_are_there_already_are_not_made_again(alice_reader, make_document, another_model, models):
    make_document(alice_reader, make_pdf(["One.", "Two.", "Three."]), "a.pdf")
    first = Passage.objects.order_by("ordinal").first()
    PassageEmbedding.objects.create(passage=first, version_id=first.version_id, model=NEW.name, vector=PassageEmbedding.objects.first().vector)
    another_model()
    reindex_documents()
    job = IngestJob.objects.get(state="embedding")
    assert (job.passages_done, job.passages_total) == (1, 3)
    assert embed() == 2


def test_passages_of_before_there_were_digests_get_theirs(alice_reader, make_document, upload, ingest, monkeypatch):
    document = make_document(alice_reader, "# Heading\n\nThe same words.", "a.md")
    digests = list(Passage.objects.values_list("digest", flat=True))
    Passage.objects.update(digest=None)
    monkeypatch.setattr("apps.documents.services.vectors._FILLED_AT_ONCE", 1)
    fill_digests(document.current_version_id)
    assert list(Passage.objects.values_list("digest", flat=True)) == digests
    assert digest_of("a") != digest_of("b")


def test_the_list_tells_it_from_a_new_version_and_offers_no_reading_again(alice_reader, make_document, another_model):
    document = make_document(alice_reader)
    another_model()
    reindex_documents()
    row = make_row(alice_reader, get_document(alice_reader, document.pk))
    assert (row.state, row.is_busy, row.update_word) == ("ready", True, "Indexing")
    cancel_document(alice_reader, document)
    row = make_row(alice_reader, get_document(alice_reader, document.pk))
    assert (row.update_word, row.update_problem, row.can_retry) == ("", "", False)
    IngestJob.objects.filter(state="cancelled").update(state="failed", error_detail="The key is wrong.")
    row = make_row(alice_reader, get_document(alice_reader, document.pk))
    assert (row.update_problem, row.can_retry) == ("The key is wrong.", False)
