"""What a look into the database and the storage tells of ingestion, and the few things done there by hand. Runs in `hand`."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
from django.conf import settings
from django.db.models import Count, F

from apps.common.queue import celery_app
from apps.documents.models import Document, DocumentVersion, IngestJob, Passage, PassageEmbedding
from apps.documents.models.job import UNFINISHED
from apps.documents.services.sweeper import sweep_jobs
from tests.documents.hostile.leftovers import find_leftovers
from tools.ingestion.address import owner_address
from tools.ingestion.bench_rows import BENCH_TASKS, first_owner

# One at a time: whoever holds one of these blocks the worker at that very point.
_LOCKS = {
    # Claimed, and nothing read yet.
    "claim": "LOCK TABLE documents_documentversion IN ACCESS EXCLUSIVE MODE",
    # Everything read, and the first passage about to be written.
    "store": "LOCK TABLE documents_passage IN SHARE MODE",
    # Embedded, and the first vector about to be written.
    "vectors": "LOCK TABLE documents_passageembedding IN SHARE MODE",
    # Vectors written, and the version about to be swapped in; taken while `vectors` is held and everything is read.
    "publish": "SELECT id FROM documents_documentversion FOR UPDATE",
}
_held: dict[str, psycopg.Connection[Any]] = {}


def outcomes() -> dict[str, Any]:
    """How every document ended, by its id."""
    rows = Document.objects.values_list("pk", "state", "error_code", "error_detail", "kind")
    return {str(pk): {"state": state, "code": code, "detail": detail, "kind": kind} for pk, state, code, detail, kind in rows}


def unfinished() -> dict[str, Any]:
    """How many jobs wait or run, in all and by state."""
    states = dict(IngestJob.objects.filter(state__in=UNFINISHED).order_by().values_list("state").annotate(count=Count("pk")))
    return {"count": sum(states.values()), **states}


def progress() -> dict[str, Any]:
    """A number that changes with whatever any job gets done."""
    fields = ("state", "step", "percent", "pages_done", "passages_done", "attempt")
    return {"stand": hash(tuple(IngestJob.objects.filter(state__in=UNFINISHED).order_by("pk").values_list(*fields)))}


def leftovers() -> dict[str, Any]:
    return {"problems": find_leftovers()}


def slowest(*, count: int) -> dict[str, Any]:
    """The jobs that took longest from the first look at them to their end."""
    done = IngestJob.objects.exclude(finished_at=None).exclude(started_at=None).annotate(took=F("finished_at") - F("started_at")).order_by("-took")
    rows = done.values_list("document__source_name", "document__state", "error_code", "took")[:count]
    return {"jobs": [[name, state, code, round(took.total_seconds(), 1)] for name, state, code, took in rows]}


def job(*, document: str) -> dict[str, Any]:
    """Where the latest job of a document stands."""
    fields = ("state", "step", "percent", "attempt", "pages_done", "pages_total", "passages_done", "passages_total", "error_code", "error_detail")
    row = IngestJob.objects.filter(document_id=document).order_by("-created_at").values(*fields).first()
    return dict(row or {})


def fingerprint(*, document: str) -> dict[str, Any]:
    """What the current version says: a digest of all passages with order and anchors, and how many vectors each has."""
    version = Document.objects.values_list("current_version", flat=True).get(pk=document)
    fields = ("ordinal", "text", "heading_path", "page", "start", "end", "boxes", "blocks", "label", "first_row", "last_row", "prefix", "body_start", "digest")
    passages = Passage.objects.filter(version=version).order_by("ordinal")
    digest = hashlib.sha256()
    for row in passages.values_list(*fields):
        digest.update(json.dumps(row, default=str).encode())
    vectors = set(passages.annotate(vectors=Count("embeddings")).values_list("vectors", flat=True))
    of_others = Passage.objects.filter(version__document=document).exclude(version=version).count()
    versions = DocumentVersion.objects.filter(document=document).count()
    return {"passages": passages.count(), "digest": digest.hexdigest(), "vectors_each": sorted(vectors), "of_others": of_others, "versions": versions}


def contains(*, text: str) -> dict[str, Any]:
    return {"count": Passage.objects.filter(text__contains=text).count()}


def count() -> dict[str, Any]:
    return {"passages": Passage.objects.count(), "vectors": PassageEmbedding.objects.count()}


def hold(*, what: str) -> dict[str, Any]:
    """Block the worker at a point, until `let_go`."""
    connection = psycopg.connect(owner_address())
    connection.execute(_LOCKS[what])
    _held[what] = connection
    return {}


def waiting() -> dict[str, Any]:
    """How many locks of the database are waited for."""
    with psycopg.connect(owner_address(), autocommit=True) as connection:
        row = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    return {"count": row[0] if row else 0}


def let_go(*, what: str = "") -> dict[str, Any]:
    for name in [what] if what else list(_held):
        _held.pop(name).close()
    return {}


def pass_time(*, seconds: float) -> dict[str, Any]:
    """As if so much time had passed for all leases and hints; then the sweeper comes."""
    past = timedelta(seconds=seconds)
    waiting = IngestJob.objects.filter(state__in=UNFINISHED)
    moved = waiting.update(lease_until=F("lease_until") - past, hinted_at=F("hinted_at") - past)
    return {"jobs": moved, "swept": sweep_jobs()}


def enqueue(*, name: str, times: int, arguments: list[str]) -> dict[str, Any]:
    for _ in range(times):
        celery_app().send_task(name, args=arguments, retry=False, ignore_result=True)
    return {}


def empty_redis() -> dict[str, Any]:
    from redis import Redis

    with Redis.from_url(settings.REDIS_URL) as client:
        client.flushall()
    return {}


def clear() -> dict[str, Any]:
    """Remove all documents but the handbook's, as their owners would."""
    from apps.documents.constants import HANDBOOK_SLUG
    from apps.documents.services.documents import purge_document

    mine = Document.objects.exclude(collection__slug=HANDBOOK_SLUG).select_related("collection")
    gone = [purge_document(document) for document in mine]
    return {"count": len(gone)}


def colleague(*, email: str, password: str) -> dict[str, Any]:
    """Another member of the only workspace."""
    from apps.accounts.models import Membership, User, Workspace

    user = User.objects.filter(email=email).first() or User.objects.create_user(email, password, name="Colleague")
    Membership.objects.get_or_create(user=user, workspace=Workspace.objects.get(), defaults={"role": "member"})
    return {"email": email}


def add_many(*, count: int) -> dict[str, Any]:
    """Upload so many notes as the first administrator, through the service that every door uses."""
    from django.core.files.base import ContentFile

    from apps.documents.services import receive_file
    from tools.ingestion.fair import make_note

    reader = first_owner()
    for number in range(count):
        name = f"many {number}.md"
        receive_file(reader, file=ContentFile(make_note(number, "Somebody"), name), name=name)
    return {"count": count}


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    task.__name__: task
    for task in (
        *(outcomes, unfinished, progress, leftovers, slowest, job, fingerprint, contains, count),
        *(hold, waiting, let_go, pass_time, enqueue, empty_redis, clear, colleague, add_many),
    )
} | BENCH_TASKS
