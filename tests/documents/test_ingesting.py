import errno
from contextlib import nullcontext, suppress
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.documents.errors import StorageAway
from apps.documents.ingest.confined.errors import ReaderGone, ServerGone
from apps.documents.ingest.pipeline import Models, read_here
from apps.documents.models import Document, IngestJob, Passage, PassageEmbedding, PassageTerms
from apps.documents.services import embed_waiting, read_next
from apps.documents.services.ingest import read_waiting
from apps.documents.services.originals import remove_original
from apps.documents.services.sweeper import sweep_jobs
from apps.gateway.errors import ContextTooLong, ProviderRefused, ProviderUnavailable
from tests.documents.conftest import embed_texts, ingest_job, read_document
from tests.documents.files import HANDBOOK_PAGE, make_docx, make_pdf, make_picture_pdf
from tests.documents.ingest.tokens import count_tokens

pytestmark = pytest.mark.django_db


def models_that(raise_: Exception) -> Models:
    def embed(texts):
        raise raise_

    return Models(embed=embed, count_tokens=count_tokens, name="broken", window=254)


def job_of(document):
    return document.jobs.latest("created_at")


def test_a_pdf_becomes_passages_that_know_their_page_and_place(alice_reader, make_document):
    document = make_document(alice_reader, make_pdf(["First page words.", "Second page words."]), "two.pdf")
    first, second = Passage.objects.filter(version=document.current_version).order_by("ordinal")
    assert (document.state, document.page_count, document.current_version.passage_count) == ("ready", 2, 2)
    assert (first.page, first.text, first.start, first.end) == (1, "First page words.", 0, 17)
    assert second.page == 2
    assert len(first.boxes) == 1
    assert first.blocks == [{"kind": "paragraph", "level": 0, "start": 0, "end": 17}]
    assert document.current_version.parser == "pdf/3"


def test_every_passage_has_one_vector_and_terms(alice_reader, make_document, models):
    document = make_document(alice_reader, make_docx(), "book.docx")
    embeddings = PassageEmbedding.objects.filter(passage__version=document.current_version, model=models.name)
    assert embeddings.count() == document.current_version.passage_count > 0
    terms = PassageTerms.objects.filter(passage__version=document.current_version, version=document.current_version)
    assert terms.count() == document.current_version.passage_count
    assert not terms.filter(terms=[]).exists()


def test_the_title_is_the_document_s_own_where_it_has_one(alice_reader, make_document):
    assert make_document(alice_reader, HANDBOOK_PAGE, "page.md").title == "Binding"
    assert make_document(alice_reader, make_pdf(["Words"]), "Scan 12.pdf").title == "Scan 12"


def test_the_job_tells_how_far_it_is(alice_reader, upload, models, rung, monkeypatch):
    seen = []
    document = upload(alice_reader, make_pdf(["One", "Two"]), "two.pdf")

    def embed(texts):
        job = job_of(document)
        seen.append((job.state, job.step, job.percent, job.pages_total, job.passages_total))
        return embed_texts(texts)

    ingest_job(job_of(document).id, Models(embed, count_tokens, models.name, 254))
    assert seen == [("embedding", "embed", 40, 2, 2)]
    job = job_of(document)
    assert (job.state, job.step, job.percent, job.attempt) == ("done", "publish", 100, 1)
    assert rung[-1] == (f"library.{alice_reader.workspace.id}", {"document": str(document.id)})


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (make_picture_pdf(), "scan.pdf", "no_text"),
        ("\u200b\u2060\ufeff" * 200, "nothing to see.txt", "no_text"),
        (make_pdf(["x"], encrypt="open sesame"), "locked.pdf", "encrypted"),
        (b"%PDF-1.4 broken", "broken.pdf", "unreadable"),
    ],
)
def test_a_file_that_cannot_be_read_fails_at_once_and_says_why(alice_reader, make_document, data, name, code):
    document = make_document(alice_reader, data, name)
    job = job_of(document)
    assert (document.state, document.error_code, job.state, job.error_code) == ("failed", code, "failed", code)
    assert document.error_detail
    assert not Passage.objects.exists()
    assert document.current_version is None


def test_pages_without_text_are_noted_on_a_document_that_is_ready(alice_reader, upload, ingest, monkeypatch):
    from apps.documents.ingest.parsers.pdf import PdfParser

    parse = PdfParser.parse

    def with_gaps(self, path, progress, desk):
        parsed = parse(self, path, progress, desk)
        parsed.unread_pages.extend([2, 3, 7])
        return parsed

    monkeypatch.setattr(PdfParser, "parse", with_gaps)
    document = ingest(upload(alice_reader, make_pdf(["Words"]), "a.pdf"))
    assert document.state == "ready"
    assert document.note == "3 pages have no text that can be read; they need OCR: 2-3, 7."


def test_a_model_that_is_down_is_waited_for(alice_reader, upload, models):
    document = upload(alice_reader)
    for _attempt in range(4):
        ingest_job(job_of(document).id, models_that(ProviderUnavailable("The embedder is down.")))
        document.jobs.filter(state="embedding").update(lease_until=None)
    job = job_of(document)
    assert (job.state, job.attempt, job.error_detail) == ("embedding", 0, "The embedder is down.")
    ingest_job(job.id, models)
    assert job_of(document).state == "done"


def test_a_model_that_is_down_is_asked_again_only_after_a_while(alice_reader, upload, models):
    document = upload(alice_reader)
    ingest_job(job_of(document).id, models_that(ProviderUnavailable("The embedder is down.")))
    assert embed_waiting(make_models=lambda workspace_id: nullcontext(models)) == 0


def embed_after_pauses(models, times):
    for _ in range(times):
        IngestJob.objects.filter(state="embedding").update(lease_until=None)
        embed_waiting(make_models=lambda workspace_id: nullcontext(models))


def test_a_model_that_refuses_the_only_document_there_is_is_asked_three_times(alice_reader, upload):
    document, refusing = upload(alice_reader), models_that(ProviderRefused("The key is wrong."))
    ingest_job(job_of(document).id, refusing)
    assert (job_of(document).state, job_of(document).error_detail) == ("embedding", "The key is wrong.")
    embed_after_pauses(refusing, 2)
    document.refresh_from_db()
    assert (job_of(document).state, job_of(document).error_code) == ("failed", "provider_refused")
    assert (document.state, document.error_detail) == ("failed", "The key is wrong.")
    assert document.versions.get().passages.count() == 0


def test_a_key_that_is_wrong_ends_no_document(alice_reader, upload, models):
    documents, refusing = [upload(alice_reader, f"Words {number}.", f"{number}.txt") for number in range(2)], models_that(ProviderRefused("The key is wrong."))
    while read_next(models=models):
        pass
    embed_after_pauses(refusing, 5)
    assert {(job_of(one).state, job_of(one).attempt) for one in documents} == {("embedding", 0)}
    embed_after_pauses(models, 1)
    assert {(job_of(one).state, job_of(one).error_code) for one in documents} == {("done", "")}


def test_a_text_that_is_too_long_ends_its_document_at_once(alice_reader, upload):
    document = upload(alice_reader)
    ingest_job(job_of(document).id, models_that(ContextTooLong("This text is too long.")))
    assert (job_of(document).state, job_of(document).error_code) == ("failed", ContextTooLong.code)


@pytest.mark.parametrize(
    ("error", "attempt"), [(StorageAway(), 0), (OSError(errno.ENOSPC, "full"), 0), (ReaderGone(), 1), (ServerGone(), 1), (ValueError("x"), 1)]
)
def test_what_may_be_over_in_a_moment_is_tried_again_after_a_pause_and_says_why(alice_reader, upload, models, error, attempt):
    document = upload(alice_reader)
    assert read_waiting(read=reads_with(error)) == 1
    job = job_of(document)
    assert (job.state, job.attempt) == ("queued", attempt)
    assert job.error_detail
    assert job.lease_until > timezone.now()


def test_the_third_attempt_is_the_last_and_its_words_stand(alice_reader, upload, models):
    document = upload(alice_reader)
    for _ in range(3):
        read_document(job_of(document).id, models=models, read=reads_with(ReaderGone()))
    document.refresh_from_db()
    assert (document.state, document.error_code, document.error_detail) == ("failed", "reader_gone", ReaderGone.title)


def reads_with(error):
    def read(path, kind, progress, desk):
        raise error

    return read


def test_a_parser_that_falls_over_ends_one_attempt_and_quotes_nothing(alice_reader, upload, models, caplog):
    document = upload(alice_reader, "The secret words.")
    read_document(job_of(document).id, models=models, read=reads_with(ValueError("bad input: The secret words.")))
    assert (job_of(document).state, job_of(document).error_code) == ("queued", "internal")
    assert "ValueError" in str([record.__dict__ for record in caplog.records])
    assert "secret" not in str([record.__dict__ for record in caplog.records])


@pytest.mark.parametrize(("error", "code"), [(MemoryError(), "too_large"), (TimeoutError(), "timed_out")])
def test_what_would_end_the_same_way_again_ends_the_job(alice_reader, upload, models, error, code):
    document = upload(alice_reader)
    read_document(job_of(document).id, models=models, read=reads_with(error), gives_up_on=(TimeoutError,))
    assert (job_of(document).state, job_of(document).error_code) == ("failed", code)


def test_a_text_that_fells_the_embedder_is_tried_three_times_and_alone(alice_reader, upload, models, hints):
    good, bad = upload(alice_reader, "Good words."), upload(alice_reader, "Poison.", "bad.txt")

    def embed(texts):
        if any("Poison" in text for text in texts):
            raise ValueError
        return embed_texts(texts)

    broken = Models(embed, count_tokens, models.name, 254)
    for document in (good, bad):
        read_document(job_of(document).id, models=models)
    for _attempt in range(4):
        with suppress(ValueError):
            embed_waiting(make_models=lambda workspace_id: nullcontext(broken))
    assert (job_of(good).state, job_of(bad).state, job_of(bad).attempt) == ("done", "embedding", 3)
    IngestJob.objects.update(hinted_at=timezone.now() - timedelta(minutes=1))
    sweep_jobs()
    bad.refresh_from_db()
    assert (bad.state, bad.error_code) == ("failed", "crashed")


def test_a_stored_file_that_is_gone_is_said_to_be(alice_reader, upload, ingest):
    document = upload(alice_reader)
    remove_original(document.original.name)
    for _ in range(3):
        ingest(document)
    assert document.error_code == "missing"


def test_the_same_job_run_again_changes_nothing(alice_reader, make_document, ingest):
    document = make_document(alice_reader)
    version = document.current_version
    assert ingest(document).current_version == version
    assert document.versions.count() == 1


def test_a_reader_that_lost_its_lease_stores_nothing(alice_reader, upload, models):
    document = upload(alice_reader)

    def read(path, kind, progress, desk):
        document.jobs.update(attempt=2)
        return read_here(path, kind, progress, desk)

    read_document(job_of(document).id, models=models, read=read)
    assert not Passage.objects.exists()


def test_an_embedder_that_lost_its_lease_publishes_nothing(alice_reader, upload, models):
    document = upload(alice_reader)

    def embed(texts):
        document.jobs.update(lease_until=timezone.now() + timedelta(minutes=5))
        return embed_texts(texts)

    ingest_job(job_of(document).id, Models(embed, count_tokens, models.name, 254))
    document.refresh_from_db()
    assert (document.state, PassageEmbedding.objects.count()) == ("processing", 0)


def test_a_document_deleted_meanwhile_stays_deleted(alice_reader, upload, models):
    document = upload(alice_reader)
    job = job_of(document)

    def embed(texts):
        Document.objects.all().delete()
        return embed_texts(texts)

    ingest_job(job.id, Models(embed, count_tokens, models.name, 254))
    assert not Document.objects.exists()
    assert not Passage.objects.exists()


def test_a_document_deleted_while_it_is_read_is_not_stored(alice_reader, upload, models, caplog):
    document = upload(alice_reader)

    def read(path, kind, progress, desk):
        Document.objects.all().delete()
        return read_here(path, kind, progress, desk)

    with caplog.at_level("INFO"):
        read_document(job_of(document).id, models=models, read=read)
    assert "ingest.lease_lost" in caplog.messages
    assert "ingest.read" not in caplog.messages


def test_a_changed_file_is_the_next_version_and_the_old_one_answers_until_it_is_ready(alice_reader, make_document, upload, ingest):
    document = make_document(alice_reader, "# One\n\nFirst words.\n\n# Two\n\nThe same words.", "notes.md")
    old = document.current_version
    assert upload(alice_reader, "# One\n\nOther words.\n\n# Two\n\nThe same words.", "notes.md") == document
    document.refresh_from_db()
    assert (document.state, document.current_version, document.versions.count()) == ("ready", old, 2)
    document = ingest(document)
    assert (document.current_version.number, document.original.name) == (2, document.current_version.original.name)
    assert Passage.objects.filter(version=old).exists()
    assert not PassageEmbedding.objects.filter(passage__version=old).exists()


def test_passages_that_did_not_change_keep_their_vector(alice_reader, make_document, upload, models):
    same = "# Two\n\n" + "The same words stay here. " * 60
    make_document(alice_reader, "# One\n\n" + "First words are here. " * 60 + "\n\n" + same, "notes.md")
    document = upload(alice_reader, "# One\n\n" + "Other words are here. " * 60 + "\n\n" + same, "notes.md")
    asked = []

    def embed(texts):
        asked.extend(texts)
        return embed_texts(texts)

    ingest_job(job_of(document).id, Models(embed, count_tokens, models.name, 254))
    document.refresh_from_db()
    assert asked
    assert all("Other" in text for text in asked)
    assert PassageEmbedding.objects.count() == document.current_version.passage_count


def test_a_new_version_that_cannot_be_read_leaves_the_old_one_answering(alice_reader, make_document, upload, ingest):
    document = make_document(alice_reader, "Some words.", "notes.txt")
    upload(alice_reader, b"%PDF-1.4 broken", "notes.txt")
    again = ingest(document)
    assert (again.state, again.current_version.number, job_of(again).state) == ("ready", 1, "failed")


def test_text_that_postgres_cannot_hold_is_stored_without_it(alice_reader, make_document):
    document = make_document(alice_reader, b"# A\xff\n\nwith \xed\xa0\x80 half and \x00 control\n", "odd.md")
    assert document.state == "ready"


def test_who_comes_while_others_are_embedded_is_next(alice_reader, bob_reader, upload, models, hints):
    many = [upload(alice_reader, f"Alice's words {number}. " * 60, f"{number}.txt") for number in range(12)]
    for document in many:
        read_document(job_of(document).id, models=models)
    calls, latecomers = [], []

    def embed(texts):
        calls.append({"bob" if "Bob" in text else "alice" for text in texts})
        if not latecomers:
            latecomers.append(upload(bob_reader, "Bob's words.", "bob.txt"))
            read_document(job_of(latecomers[0]).id, models=models)
        return embed_texts(texts)

    embed_waiting(make_models=lambda workspace_id: nullcontext(Models(embed, count_tokens, models.name, 254)))
    assert "bob" in calls[1]
    assert [job_of(document).state for document in [*many, *latecomers]] == ["done"] * 13


def test_texts_that_a_round_has_no_time_for_are_in_the_next(alice_reader, bob_reader, upload, models, hints):
    both = [upload(reader, f"{name}'s words are here. " * 1800, f"{name}.txt") for reader, name in ((alice_reader, "Alice"), (bob_reader, "Bob"))]
    for document in both:
        read_document(job_of(document).id, models=models)
    calls = []

    def embed(texts):
        calls.append(len(texts))
        return embed_texts(texts)

    embed_waiting(make_models=lambda workspace_id: nullcontext(Models(embed, count_tokens, models.name, 254)))
    assert len(calls) > 2
    assert sum(calls) == PassageEmbedding.objects.count() == Passage.objects.count()
    assert [job_of(document).state for document in both] == ["done", "done"]
