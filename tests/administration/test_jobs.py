"""What operators do about the reading of documents: as in the library, by their role, and without seeing more for it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import AuditEntry
from apps.accounts.selectors.operators import get_operator
from apps.administration.admin import jobs as pages
from apps.administration.services.reading import cancel_job, retry_job
from apps.common.errors import Conflict, NotAllowed, NotFound
from apps.documents.models import Document, DocumentVersion, IngestJob, Passage

pytestmark = pytest.mark.django_db
LIST = "/admin/documents/ingestjob/"
MAY = ["administrator", "operations"]
MAY_NOT = ["developer", "ai_engineer"]


@pytest.fixture(autouse=True)
def told(monkeypatch):
    """What the queue and the bell were told."""
    heard = []
    monkeypatch.setattr("apps.documents.services.queueing.enqueue", lambda *message: heard.append(message))
    monkeypatch.setattr("apps.documents.services.bell.ring", lambda topic, data: heard.append((topic, data)))
    return heard


@pytest.fixture
def make_job(make_document):
    """A document whose reading came to this."""

    def make(title="Plan", state="failed", access="public", **fields):
        document = make_document(title, access)
        document.state = "failed" if state in ("failed", "cancelled") else "processing"
        document.save()
        version = DocumentVersion.objects.create(document=document, number=1)
        return IngestJob.objects.create(document=document, version=version, state=state, hinted_at=timezone.now(), **fields)

    return make


def press(client, action, *jobs):
    return client.post(LIST, {"action": action, "_selected_action": [str(job.pk) for job in jobs], "index": "0"}, follow=True)


def newest(job):
    return IngestJob.objects.filter(document=job.document_id).order_by("-created_at").first()


@pytest.mark.parametrize("role", MAY)
def test_a_failed_document_is_read_again_from_the_list(operator_client, make_job, told, role, django_capture_on_commit_callbacks):
    job = make_job(error_code="crashed")
    with django_capture_on_commit_callbacks(execute=True):
        page = press(operator_client(role), "retry_jobs", job).content.decode()
    job.document.refresh_from_db()
    assert "1 document is being read again." in page
    assert (newest(job).state, job.document.state) == ("queued", "processing")
    assert newest(job).pk != job.pk
    assert ("documents.ingest",) in told
    assert (f"library.{job.document.collection.workspace_id}", {"document": str(job.document_id)}) in told


@pytest.mark.parametrize("state", ["queued", "running", "embedding"])
def test_what_is_being_read_is_stopped_from_the_list(operator_client, make_job, state):
    job = make_job(state=state, lease_until=timezone.now() + timedelta(minutes=1))
    text = "Words."
    Passage.objects.create(version=job.version, workspace=job.document.collection.workspace, ordinal=0, text=text, start=0, end=len(text))
    page = press(operator_client("operations"), "cancel_jobs", job).content.decode()
    job.refresh_from_db()
    assert "1 document is not read any further." in page
    assert (job.state, job.lease_until, job.document.state, job.document.error_code) == ("cancelled", None, "failed", "cancelled")
    assert not Passage.objects.exists()


@pytest.mark.parametrize("role", MAY_NOT)
def test_who_may_only_look_neither_begins_nor_stops(operator_client, make_job, role):
    failed, running = make_job(), make_job("Other", "running")
    client = operator_client(role)
    assert "retry_jobs" not in client.get(LIST).content.decode()
    assert "Read the document again" not in client.get(f"{LIST}{failed.pk}/change/").content.decode()
    press(client, "retry_jobs", failed)
    press(client, "cancel_jobs", running)
    assert sorted(IngestJob.objects.values_list("state", flat=True)) == ["failed", "running"]
    assert not AuditEntry.objects.filter(action__in=["document.retried", "document.cancelled"]).exists()


@pytest.mark.parametrize("role", [*MAY_NOT, "deployer"])
def test_the_services_ask_the_table_themselves(make_user, make_job, role):
    job, operator = make_job(), get_operator(make_user("op", operator_role=role))
    for act in (retry_job, cancel_job):
        with pytest.raises(NotAllowed):
            act(operator, job_id=job.pk)


def test_the_button_on_a_job_does_what_fits_it(operator_client, make_job):
    client = operator_client("operations")
    words = {}
    for state in ("failed", "cancelled", "queued", "running", "embedding", "done"):
        page = client.get(f"{LIST}{make_job(state, state).pk}/change/").content.decode()
        words[state] = ("retry_jobs" in page, "cancel_jobs" in page)
    again, stop, neither = (True, False), (False, True), (False, False)
    assert words == {"failed": again, "cancelled": again, "queued": stop, "running": stop, "embedding": stop, "done": neither}


def test_what_does_not_fit_is_told_and_keeps_no_other_from_it(operator_client, make_job):
    client = operator_client("administrator")
    done, failed = make_job("Done", "done"), make_job("Failed")
    embedded_anew = make_job("With another model")
    DocumentVersion.objects.filter(pk=embedded_anew.version_id).update(published_at=timezone.now())
    page = press(client, "retry_jobs", done, failed, embedded_anew).content.decode()
    assert "1 document is being read again. 1 could not. Only a document that failed can be tried again." in page
    assert "Of the selected jobs all are neither failed nor cancelled last." in press(client, "retry_jobs", done).content.decode()
    assert "Of the selected jobs all are over already." in press(client, "cancel_jobs", done).content.decode()


def test_an_older_job_of_a_document_begins_nothing(operator_client, make_job):
    job = make_job()
    client = operator_client("operations")
    press(client, "retry_jobs", job)
    again = press(client, "retry_jobs", job)
    assert "neither failed nor cancelled last" in again.content.decode()
    assert IngestJob.objects.filter(document=job.document_id).count() == 2


def test_many_are_taken_some_at_a_time(operator_client, make_job, monkeypatch):
    monkeypatch.setattr(pages, "_AT_ONCE", 2)
    client = operator_client("operations")
    jobs = [make_job(f"Plan {number}") for number in range(3)]
    assert "2 documents are being read again. 2 are taken at once: choose the rest again." in press(client, "retry_jobs", *jobs).content.decode()
    assert "1 document is being read again." in press(client, "retry_jobs", *jobs).content.decode()
    assert IngestJob.objects.filter(state="queued").count() == 3


def test_a_restricted_document_is_read_again_and_stays_hidden(operator_client, make_job):
    job = make_job("Merger with Globex", access="restricted")
    client = operator_client("operations")
    pages_seen = [press(client, "retry_jobs", job), client.get(f"{LIST}{job.pk}/change/"), press(client, "cancel_jobs", newest(job))]
    assert not any("Globex" in page.content.decode() for page in pages_seen)
    assert newest(job).state == "cancelled"
    assert not AuditEntry.objects.filter(detail__icontains="Globex").exists()


def test_the_trail_says_who_did_it(root, make_job):
    job = make_job()
    retry_job(get_operator(root), job_id=job.pk)
    with pytest.raises(Conflict, match="being read already"):
        retry_job(get_operator(root), job_id=job.pk)
    cancel_job(get_operator(root), job_id=job.pk)
    with pytest.raises(Conflict, match="not being read"):
        cancel_job(get_operator(root), job_id=job.pk)
    entries = AuditEntry.objects.filter(object_id=str(job.document_id)).order_by("pk")
    assert [(one.action, one.actor, one.workspace_id, one.detail) for one in entries] == [
        (action, root.email, job.document.collection.workspace_id, {"via": "administration"}) for action in ("document.retried", "document.cancelled")
    ]


def test_a_job_or_document_that_is_gone_is_not_there(root, make_job, monkeypatch):
    job = make_job()
    gone = Document.objects.filter(pk=job.document_id)
    with monkeypatch.context() as patch:
        patch.setattr("apps.administration.services.reading.lock_family", lambda document_id: gone.delete())
        with pytest.raises(NotFound):
            retry_job(get_operator(root), job_id=job.pk)
    gone.delete()
    with pytest.raises(NotFound):
        retry_job(get_operator(root), job_id=job.pk)
