"""About forty hostile files of all families, uploaded over HTTP and read by the product's own code. The whole corpus: `make prove-ingestion`."""

import pytest

from apps.documents.models import Document, DocumentState, IngestJob, Passage
from apps.documents.models.job import UNFINISHED
from tests.documents.hostile.corpus import make_corpus, sample
from tests.documents.hostile.good import GOOD, WORDS, good
from tests.documents.hostile.leftovers import find_leftovers
from tests.documents.hostile.sending import FORM_TYPE, form, form_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PLACE = "/api/v1/documents"
SAMPLE = sample(make_corpus(), 40)
REFUSED = {"empty", "unsupported_type", "encrypted", "unreadable", "no_text", "too_large", "timed_out"}


@pytest.fixture
def send(alice, acme, client_for, hints, rung):
    """Upload a file with the very name that it has; the client raises what the server does not handle."""
    client = client_for(alice)
    return lambda body: client.generic("POST", PLACE, body, content_type=FORM_TYPE)


@pytest.fixture
def work_off(models):
    """Do all jobs that wait, those of attachments that appear meanwhile, too."""
    from tests.documents.conftest import ingest_job

    def work():
        while (job := IngestJob.objects.filter(state__in=UNFINISHED).values_list("pk", flat=True).first()) is not None:
            ingest_job(job, models)

    return work


@pytest.mark.parametrize("hostile", SAMPLE, ids=lambda hostile: hostile.id)
def test_a_hostile_file_ends_and_leaves_nothing_behind(hostile, send, work_off):
    answer = send(form_of(hostile))
    if answer.status_code == 422:
        body = answer.json()
        ends = {body["reason"]}
        assert body["detail"]
    else:
        assert answer.status_code == 202
        work_off()
        document = Document.objects.get(pk=answer.json()["id"])
        ends = {document.error_code or "ready"}
        assert document.state in {DocumentState.READY, DocumentState.FAILED}
        assert bool(document.error_detail) == (document.state == DocumentState.FAILED)
    assert ends <= (hostile.ends or REFUSED | {"ready"})
    assert find_leftovers() == []
    assert not Passage.objects.filter(text__contains="root:x:0").exists()


def test_a_good_file_is_read_after_hostile_ones(send, work_off):
    for hostile in SAMPLE[:15]:
        assert send(form_of(hostile)).status_code in {200, 202, 422}
    answer = send(form("good.docx", good(".docx")))
    work_off()
    assert Document.objects.get(pk=answer.json()["id"]).state == DocumentState.READY
    assert find_leftovers() == []


@pytest.mark.parametrize("suffix", [suffix for suffix in GOOD if suffix not in {".png", ".jpg", ".tif"}])
def test_what_the_hostile_ones_were_made_from_is_good(suffix, send, work_off):
    answer = send(form(f"good{suffix}", good(suffix)))
    assert answer.status_code == 202, answer.content
    work_off()
    document = Document.objects.get(pk=answer.json()["id"])
    assert (document.state, document.error_detail) == (DocumentState.READY, "")
    assert WORDS[:20] in " ".join(Passage.objects.filter(version=document.current_version).values_list("text", flat=True))
