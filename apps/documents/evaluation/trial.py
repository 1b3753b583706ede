"""A workspace for the time of an evaluation: documents go in as files do once they are parsed, and all of it goes again."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.db import connections, transaction
from django.utils import timezone

from apps.accounts.models import User, Workspace
from apps.accounts.selectors.readers import get_reader
from apps.accounts.services.people import create_workspace
from apps.accounts.types import Reader
from apps.documents.evaluation.sets import SetDocument
from apps.documents.ingest.pipeline import Models
from apps.documents.ingest.split import SplitLimits, Splitter
from apps.documents.ingest.types import Block, BlockKind, Draft, Page
from apps.documents.models import Access, Collection, Document, DocumentVersion, Level, Passage
from apps.documents.services.models import gateway_models
from apps.documents.services.publish import publish_versions
from apps.documents.services.reindex_terms import reindex_terms
from apps.documents.services.searchable import remove_from_search
from apps.documents.services.statistics import fold_changes
from apps.documents.services.store import analyse_drafts, write_passages
from apps.documents.services.vectors import write_vectors
from apps.documents.types import Kind

_SLUG = "evaluation-"
# Nobody can sign in with it: there is no such domain, and no password.
_EMAIL = "evaluation-{}@quire.invalid"
# One that was not ended by itself is removed by the next.
_ABANDONED = timedelta(hours=12)
_AT_ONCE = 200
Told = Callable[[int], None]


@contextmanager
def trial_workspace() -> Iterator[Reader]:
    """Lend a workspace of its own to somebody who is there for it alone; remove both, whatever happens."""
    _remove_abandoned()
    name = uuid.uuid4().hex[:12]
    user = User.objects.create_user(_EMAIL.format(name), None, name="Evaluation")
    workspace = create_workspace(name=f"{_SLUG}{name}", owner=user)
    try:
        yield get_reader(user, workspace.slug)
    finally:
        _remove(workspace)
        user.delete()
        fold_changes()


def _as_it_is(models: Models) -> Models:
    return models


def index_set(reader: Reader, documents: Sequence[SetDocument], told: Told, through: Callable[[Models], Models] = _as_it_is) -> dict[UUID, str]:
    """Add the documents, each in one passage where the model's window has room for it; return the set's name of each.

    `through` may put itself before the models, to keep vectors for another time.
    """
    shelf = Collection.objects.create(workspace=reader.workspace, name="Set", slug="set", everyone=Level.READ)
    names: dict[UUID, str] = {}
    with gateway_models(reader.workspace.pk) as asked:
        models = through(asked)
        for first in range(0, len(documents), _AT_ONCE):
            some = documents[first : first + _AT_ONCE]
            names.update(_index(reader, shelf, some, models))
            told(len(names))
    fold_changes()
    while reindex_terms():
        pass
    _let_postgres_look()
    return names


def _let_postgres_look() -> None:
    """As it does by itself a minute after so many rows came; until then it plans as if there were none."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE documents_document, documents_documentversion, documents_passage, documents_passageembedding, documents_passageterms")


def count_passages(reader: Reader) -> int:
    return Passage.objects.visible_to(reader).count()


def _index(reader: Reader, shelf: Collection, some: Sequence[SetDocument], models: Models) -> dict[UUID, str]:
    drafts = [_split(one, models) for one in some]
    analyses = [analyse_drafts(reader.workspace.pk, one) for one in drafts]
    vectors = iter(models.embed([draft.embedded_text for one in drafts for draft in one]))
    pairs = [_rows(reader, shelf, one, len(own)) for one, own in zip(some, drafts, strict=True)]
    with transaction.atomic():
        Document.objects.bulk_create([document for document, _version in pairs])
        DocumentVersion.objects.bulk_create([version for _document, version in pairs])
        for (_document, version), own, analysis in zip(pairs, drafts, analyses, strict=True):
            ids = write_passages(version, reader.workspace.pk, own, analysis)
            write_vectors([(pk, version.pk) for pk in ids], [next(vectors) for _ in ids], models.name)
        publish_versions(pairs)
    return {document.pk: one.id for (document, _version), one in zip(pairs, some, strict=True)}


def _split(document: SetDocument, models: Models) -> list[Draft]:
    paragraphs = [part for part in document.text.split("\n\n") if part.strip()] or [document.title or "-"]
    page = Page(None, tuple(Block(BlockKind.PARAGRAPH, part) for part in paragraphs))
    return Splitter(document.title, models.count_tokens, SplitLimits(models.window, models.window)).add(page)


def _rows(reader: Reader, shelf: Collection, one: SetDocument, passages: int) -> tuple[Document, DocumentVersion]:
    facts = {"kind": Kind.TEXT, "sha256": "0" * 64, "byte_size": len(one.text.encode()), "original": "", "source_name": one.id[:255]}
    document = Document(collection=shelf, owner=reader.user, title=one.title[:300] or one.id[:300], access=Access.PUBLIC, **facts)
    return document, DocumentVersion(document=document, number=1, title=document.title, passage_count=passages, **facts)


def _remove(workspace: Workspace) -> None:
    remove_from_search(DocumentVersion.objects.filter(document__collection__workspace=workspace).values("pk"))
    Passage.objects.filter(workspace=workspace).delete()
    workspace.delete()


def _remove_abandoned() -> None:
    before = timezone.now() - _ABANDONED
    for workspace in Workspace.objects.filter(slug__startswith=_SLUG, created_at__lt=before):
        _remove(workspace)
    User.objects.filter(email__startswith=_EMAIL.partition("{")[0], email__endswith=_EMAIL.rpartition("}")[2], date_joined__lt=before).delete()
