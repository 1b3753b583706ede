"""What must never be left behind, whatever was uploaded: files and rows that belong to nobody, and documents without an end."""

from collections.abc import Collection, Iterator

from django.core.files.storage import default_storage
from django.db.models import F, Q

from apps.documents.models import Document, DocumentState, DocumentVersion, IngestJob, JobState, LooseFile, Passage, PassageEmbedding

_OVER = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


def find_leftovers(files: Collection[str] | None = None) -> list[str]:
    """Say what is wrong with storage and rows when all work is done; `files` are those in the storage."""
    return [*_files(stored_files() if files is None else files), *_documents(), *_versions(), *_passages()]


def stored_files() -> list[str]:
    found: list[str] = []
    folders = ["documents"] if default_storage.exists("documents") else []
    while folders:
        folder = folders.pop()
        inner, files = default_storage.listdir(folder)
        found += [f"{folder}/{name}" for name in files]
        folders += [f"{folder}/{name}" for name in inner]
    return found


def _files(files: Collection[str]) -> Iterator[str]:
    named = set(DocumentVersion.objects.exclude(original="").values_list("original", flat=True))
    named |= set(Document.objects.exclude(original="").values_list("original", flat=True))
    waiting = DocumentVersion.objects.filter(published_at=None).exclude(attached=None)
    named |= {one["place"] for version in waiting for one in version.attached if one["place"]}
    loose = set(LooseFile.objects.values_list("place", flat=True))
    yield from (f"{place} is nobody's file" for place in sorted(set(files) - named))
    yield from (f"{place} is named by a row, but not there" for place in sorted(named - set(files)))
    yield from (f"{place} is called loose" for place in sorted(loose))


def _documents() -> Iterator[str]:
    for document in Document.objects.all():
        if document.state == DocumentState.PROCESSING:
            yield f"document {document.pk} has no end"
        if document.state == DocumentState.FAILED and not (document.error_code and document.error_detail):
            yield f"document {document.pk} failed, and does not say why"
        if document.state == DocumentState.READY and document.current_version_id is None:
            yield f"document {document.pk} is ready, and has no version"
    for job in IngestJob.objects.exclude(state__in=_OVER):
        yield f"job {job.pk} is {job.state}"
    for job in IngestJob.objects.filter(state__in=_OVER, lease_until__isnull=False):
        yield f"job {job.pk} is {job.state}, and leased"


def _versions() -> Iterator[str]:
    # The handbook's are made without.
    orphans = DocumentVersion.objects.filter(jobs=None, published_at=None)
    yield from (f"version {pk} is not published, and has no job" for pk in orphans.values_list("pk", flat=True))
    unpublished = Q(document__current_version=F("pk"), published_at=None)
    yield from (f"version {pk} answers, but was not published" for pk in DocumentVersion.objects.filter(unpublished).values_list("pk", flat=True))
    for version in DocumentVersion.objects.exclude(published_at=None):
        if version.passages.count() != version.passage_count:
            yield f"version {version.pk} says {version.passage_count} passages and has {version.passages.count()}"


def _passages() -> Iterator[str]:
    """Each passage that answers has one vector; what does not answer has none."""
    answering = Passage.objects.filter(version__document__current_version=F("version"))
    yield from (f"passage {pk} has no vector" for pk in answering.filter(embeddings=None).values_list("pk", flat=True))
    stray = PassageEmbedding.objects.exclude(passage__version__document__current_version=F("passage__version"))
    yield from (f"vector {pk} is of a version that does not answer" for pk in stray.values_list("pk", flat=True))
    doubled = PassageEmbedding.objects.count() - answering.count()
    if doubled > 0:
        yield f"{doubled} vectors too many"
