import pytest

from apps.documents.errors import LeaseLost
from apps.documents.ingest.pipeline import Models
from apps.documents.models import Document, DocumentVersion, Passage, PassageEmbedding
from apps.documents.services import ingest_document
from apps.documents.services.jobs import Lease
from apps.documents.services.originals import remove_original
from apps.gateway.errors import ProviderRefused, ProviderUnavailable
from tests.documents.conftest import embed_texts
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
    assert document.current_version.parser == "pdf/1"


def test_every_passage_has_one_vector_and_terms(alice_reader, make_document, models):
    document = make_document(alice_reader, make_docx(), "book.docx")
    embeddings = PassageEmbedding.objects.filter(passage__version=document.current_version, model=models.name)
    assert embeddings.count() == document.current_version.passage_count > 0
    assert not Passage.objects.filter(search="").exists()


def test_the_title_is_the_document_s_own_where_it_has_one(alice_reader, make_document):
    assert make_document(alice_reader, HANDBOOK_PAGE, "page.md").title == "Binding"
    assert make_document(alice_reader, make_pdf(["Words"]), "Scan 12.pdf").title == "Scan 12"


def test_the_job_tells_how_far_it_is(alice_reader, upload, models, rung, monkeypatch):
    seen = []
    document = upload(alice_reader, make_pdf(["One", "Two"]), "two.pdf")

    def embed(texts):
        job = job_of(document)
        seen.append((job.state, job.step, job.percent, job.pages_total))
        return embed_texts(texts)

    ingest_document(job_of(document).id, models=Models(embed, count_tokens, models.name, 254))
    assert seen == [("running", "embed", 40, 2)]
    job = job_of(document)
    assert (job.state, job.step, job.percent, job.attempt) == ("done", "publish", 100, 1)
    assert rung[-1] == (f"library.{alice_reader.workspace.id}", {"document": str(document.id)})


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (make_picture_pdf(), "scan.pdf", "no_text"),
        (make_pdf(["x"], encrypt="open sesame"), "locked.pdf", "encrypted"),
        (b"%PDF-1.4 broken", "broken.pdf", "unreadable"),
    ],
)
def test_a_file_that_cannot_be_read_fails_at_once_and_says_why(alice_reader, make_document, data, name, code):
    document = make_document(alice_reader, data, name)
    job = job_of(document)
    assert (document.state, document.error_code, job.state, job.error_code) == ("failed", code, "failed", code)
    assert document.error_detail
    assert not DocumentVersion.objects.filter(document=document).exists()


def test_pages_without_text_are_noted_on_a_document_that_is_ready(alice_reader, upload, ingest, monkeypatch):
    from apps.documents.ingest.parsers.pdf import PdfParser

    parse = PdfParser.parse

    def with_gaps(self, path, progress):
        parsed = parse(self, path, progress)
        parsed.unread_pages = [2, 3, 7]
        return parsed

    monkeypatch.setattr(PdfParser, "parse", with_gaps)
    document = ingest(upload(alice_reader, make_pdf(["Words"]), "a.pdf"))
    assert document.state == "ready"
    assert document.note == "3 pages have no text that can be read; they need OCR: 2-3, 7."


def test_a_model_that_is_down_is_tried_three_times(alice_reader, upload):
    document = upload(alice_reader)
    models = models_that(ProviderUnavailable("The embedder is down."))
    states = []
    for _attempt in range(3):
        ingest_document(job_of(document).id, models=models)
        states.append(job_of(document).state)
    document.refresh_from_db()
    assert states == ["queued", "queued", "failed"]
    assert (document.state, document.error_detail) == ("failed", "The embedder is down.")


def test_a_model_that_refuses_is_not_asked_again(alice_reader, upload):
    document = upload(alice_reader)
    ingest_document(job_of(document).id, models=models_that(ProviderRefused("The key is wrong.")))
    assert (job_of(document).state, job_of(document).error_code) == ("failed", "provider_refused")


def test_a_parser_that_falls_over_ends_one_attempt_and_quotes_nothing(alice_reader, upload, caplog):
    document = upload(alice_reader, "The secret words.")
    ingest_document(job_of(document).id, models=models_that(ValueError("bad input: The secret words.")))
    assert (job_of(document).state, job_of(document).error_code) == ("queued", "internal")
    assert "ValueError" in str([record.__dict__ for record in caplog.records])
    assert "secret" not in str([record.__dict__ for record in caplog.records])


@pytest.mark.parametrize(("error", "code"), [(MemoryError(), "too_large"), (TimeoutError(), "timed_out")])
def test_what_would_end_the_same_way_again_ends_the_job(alice_reader, upload, error, code):
    document = upload(alice_reader)
    ingest_document(job_of(document).id, models=models_that(error), gives_up_on=(TimeoutError,))
    assert (job_of(document).state, job_of(document).error_code) == ("failed", code)


def test_a_stored_file_that_is_gone_is_said_to_be(alice_reader, upload, ingest):
    document = upload(alice_reader)
    remove_original(document.original.name)
    assert ingest(document).error_code == "missing"


def test_the_same_job_run_again_changes_nothing(alice_reader, make_document, ingest):
    document = make_document(alice_reader)
    version = document.current_version
    assert ingest(document).current_version == version
    assert document.versions.count() == 1


def test_a_worker_that_lost_its_lease_publishes_nothing(alice_reader, upload, models):
    document = upload(alice_reader)

    def embed(texts):
        document.jobs.update(attempt=2)
        return embed_texts(texts)

    ingest_document(job_of(document).id, models=Models(embed, count_tokens, models.name, 254))
    assert not Passage.objects.exists()


def test_a_worker_whose_lease_is_lost_at_the_last_moment_publishes_nothing(alice_reader, upload, models, monkeypatch):
    document = upload(alice_reader)

    def lost(self):
        raise LeaseLost

    monkeypatch.setattr("apps.documents.services.jobs.Lease.finish", lost)
    ingest_document(job_of(document).id, models=models)
    assert not DocumentVersion.objects.exists()


def test_a_document_deleted_meanwhile_stays_deleted(alice_reader, upload, models):
    document = upload(alice_reader)
    job = job_of(document)

    def embed(texts):
        Document.objects.all().delete()
        return embed_texts(texts)

    ingest_document(job.id, models=Models(embed, count_tokens, models.name, 254))
    assert not Document.objects.exists()
    assert not Passage.objects.exists()


def test_a_document_deleted_at_the_last_moment_is_not_called_read(alice_reader, upload, models, monkeypatch, caplog):
    document = upload(alice_reader)
    report = Lease.report

    def delete_before_publishing(lease, step, *numbers):
        report(lease, step, *numbers)
        Document.objects.filter(pk={"publish": document.pk}.get(step)).delete()

    monkeypatch.setattr(Lease, "report", delete_before_publishing)
    with caplog.at_level("INFO"):
        ingest_document(job_of(document).id, models=models)
    assert "ingest.lease_lost" in caplog.messages
    assert "ingest.done" not in caplog.messages


def test_a_second_version_replaces_the_first_in_search_but_keeps_it(alice_reader, make_document, upload, ingest):
    from apps.documents.services.uploads import queue_job

    document = make_document(alice_reader)
    old = document.current_version
    queue_job(document)
    document = ingest(document)
    assert document.current_version.number == 2
    assert Passage.objects.filter(version=old).exists()
    assert not PassageEmbedding.objects.filter(passage__version=old).exists()


def test_text_that_postgres_cannot_hold_is_stored_without_it(alice_reader, make_document):
    document = make_document(alice_reader, b"# A\xff\n\nwith \xed\xa0\x80 half and \x00 control\n", "odd.md")
    assert document.state == "ready"
