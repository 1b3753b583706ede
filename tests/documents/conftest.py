"""A cheap embedder that puts texts with the same words near each other, and documents made with it."""

import hashlib
import re
from collections.abc import Sequence
from contextlib import nullcontext

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.documents.ingest.pipeline import Models
from apps.gateway.types import EmbeddingModelInfo
from tests.documents.ingest.tokens import count_tokens

DIMENSION = 384
MODEL = EmbeddingModelInfo(name="words-of-the-tests", dimension=DIMENSION, window=256, spread=0.12)


def embed_texts(texts: Sequence[str]) -> np.ndarray:
    """A bag of hashed words, normalised: as like as the words of two texts are."""
    vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
    for row, text in enumerate(texts):
        for word in re.findall(r"\w+", text.lower()):
            vectors[row, int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16) % DIMENSION] += 1
        vectors[row, 0] += 0.01
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def models_named(name: str) -> Models:
    return Models(embed=embed_texts, count_tokens=count_tokens, name=name, window=254)


@pytest.fixture
def models() -> Models:
    return models_named(MODEL.name)


@pytest.fixture(autouse=True)
def _cheap_models(monkeypatch, models):
    """Every test here embeds by words; a module that wants the real embedder overrides this."""

    async def embed(principal, texts):
        return embed_texts(texts)

    monkeypatch.setattr("apps.documents.services.ingest.gateway_models", lambda workspace_id: nullcontext(models))
    monkeypatch.setattr("apps.documents.services.embedder.gateway_models", lambda workspace_id: nullcontext(models))
    monkeypatch.setattr("apps.documents.services.handbook.gateway_models", lambda workspace_id: nullcontext(models))
    monkeypatch.setattr("apps.documents.services.handbook.get_embedding_model", lambda: MODEL)
    monkeypatch.setattr("apps.documents.search.hybrid.embed", embed)
    monkeypatch.setattr("apps.documents.search.hybrid.get_embedding_model", lambda: MODEL)
    monkeypatch.setattr("apps.documents.search.paraphrases.embed", embed)
    monkeypatch.setattr("apps.documents.search.paraphrases.get_embedding_model", lambda: MODEL)


@pytest.fixture(autouse=True)
def _empty_storage(settings):
    """A storage of its own for each test, in memory."""
    from django.core.files.storage import storages

    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    yield
    storages._storages.clear()


@pytest.fixture
def rung(monkeypatch) -> list[tuple[str, dict]]:
    """What the doorbell was told."""
    bells: list[tuple[str, dict]] = []
    monkeypatch.setattr("apps.documents.services.bell.ring", lambda topic, data: bells.append((topic, data)))
    return bells


@pytest.fixture
def hints(monkeypatch) -> list[tuple[str, ...]]:
    """What the queue was told, at once: these tests do not wait for a commit."""
    told: list[tuple[str, ...]] = []
    for module in ("queueing", "sweeper", "ingest", "embedder"):
        monkeypatch.setattr(f"apps.documents.services.{module}.enqueue", lambda *message: told.append(message))
    return told


@pytest.fixture
def upload(hints, rung):
    """Upload a file as somebody, without reading it."""
    from apps.documents.services import upload_document

    def take(reader, data: bytes | str = "Some words.", name: str = "notes.txt", **options):
        content = data.encode() if isinstance(data, str) else data
        return upload_document(reader, file=SimpleUploadedFile(name, content), name=name, **options)

    return take


def read_document(job_id, **options) -> bool:
    """Read the file of this job next, whosever turn it is; the pause after a failed attempt is over."""
    from apps.documents.models import IngestJob
    from apps.documents.services import read_next

    job = IngestJob.objects.filter(pk=job_id)
    job.filter(state="queued").update(lease_until=None)
    return job.claimable(timezone.now()).update(turn=-1) > 0 and read_next(**options)


def ingest_job(job_id, models, **options):
    """Do one job to its end, as the workers would: read the file, then give the passages their vectors."""
    from apps.documents.services import embed_waiting

    read_document(job_id, models=models, **options)
    embed_waiting(make_models=lambda workspace_id: nullcontext(models))


@pytest.fixture
def ingest(models):
    """Do the latest job of a document, as the worker would."""

    def work(document):
        ingest_job(document.jobs.order_by("-created_at").values_list("id", flat=True).first(), models)
        document.refresh_from_db()
        return document

    return work


@pytest.fixture
def read_again(ingest):
    """Make the same bytes a document's next version."""
    from apps.documents.services.originals import store_original
    from apps.documents.services.versions import FileFacts, add_version

    def again(document):
        with document.original.open("rb") as file:
            place = store_original(document.collection.workspace_id, file)
        add_version(document, FileFacts(document.source_name, document.source_path, document.kind, document.sha256, document.byte_size), place)
        return ingest(document)

    return again


@pytest.fixture
def make_document(upload, ingest):
    """A document that is uploaded and read."""
    return lambda reader, *file, **options: ingest(upload(reader, *file, **options))


@pytest.fixture
def ingest_all(models):
    """Do every job that waits, those of attachments too."""
    from apps.documents.models import IngestJob

    def work():
        while jobs := list(IngestJob.objects.filter(state="queued").values_list("id", flat=True)):
            for job in jobs:
                ingest_job(job, models)

    return work


@pytest.fixture
def make_mail(upload, ingest_all):
    """A message with files that is read, and they too."""
    from tests.documents.mails import mail

    def make(reader, *files, name="offer.eml", **options):
        document = upload(reader, mail(*files), name, **options)
        ingest_all()
        document.refresh_from_db()
        return document

    return make


@pytest.fixture
def join(make_user, acme):
    """Somebody more in Acme, with a role, and perhaps in a group: returns their reader."""
    from apps.accounts.models import GroupMember, Membership
    from apps.accounts.selectors.readers import get_reader

    def make(name, role="member", *, group=None, permissions=None):
        from apps.accounts.models import Role

        custom = Role.objects.create(workspace=acme, name=f"Role of {name}", permissions=permissions) if permissions is not None else None
        membership = Membership.objects.create(user=make_user(name), workspace=acme, role="custom" if custom else role, custom_role=custom)
        if group is not None:
            GroupMember.objects.create(group=group, membership=membership)
        return get_reader(membership.user, acme.slug)

    return make


@pytest.fixture
def member_of():
    """The membership behind a reader, as services take it."""
    from apps.accounts.models import Membership

    return lambda reader: Membership.objects.get(pk=reader.membership_id)


@pytest.fixture
def team(acme):
    from apps.accounts.models import Group

    return Group.objects.create(workspace=acme, name="Team")


@pytest.fixture
def make_shelf(acme):
    from django.utils.text import slugify

    from apps.documents.models import Collection

    return lambda name="Shelf", everyone="none", workspace=None: Collection.objects.create(
        workspace=workspace or acme, name=name, slug=slugify(name), everyone=everyone
    )


@pytest.fixture
def shelf(make_shelf):
    return make_shelf()


@pytest.fixture
def add_document():
    """A row alone, where nobody reads the text: quicker than an upload."""
    from apps.documents.models import Document

    def make(collection, owner, title="Plan", **fields):
        facts = {"kind": "text", "sha256": "0" * 64, "byte_size": 1, "original": "x", "source_name": "x", "state": "ready"}
        return Document.objects.create(collection=collection, owner=owner, title=title, **{**facts, **fields})

    return make


@pytest.fixture
def stand():
    """All that decides who sees what, and the trail of it, to compare before and after."""
    from apps.accounts.models import AuditEntry
    from apps.documents.models import Collection, CollectionGrant, Document, DocumentGrant

    def take():
        rows = [model.objects.order_by("pk").values() for model in (Document, Collection, CollectionGrant, DocumentGrant)]
        changes = AuditEntry.objects.exclude(action__in=["right.denied", "api.request", "session.signed_in"]).count()
        return [list(one) for one in rows], changes

    return take


@pytest.fixture
def trail():
    """The audit trail's changes since the test began, as pairs of action and detail."""
    from apps.accounts.models import AuditEntry

    newest = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def read(*actions):
        entries = AuditEntry.objects.filter(pk__gt=newest, action__in=actions) if actions else AuditEntry.objects.filter(pk__gt=newest)
        return [(entry.action, entry.detail) for entry in entries.order_by("pk")]

    return read
