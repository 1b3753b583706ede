"""Documents that the real search finds, made without reading files."""

from collections.abc import Sequence

from apps.accounts.types import Reader
from apps.documents.models import Document, Passage, PassageEmbedding
from apps.documents.services.statistics import fold_changes
from apps.documents.services.terms import analyse_texts, analysers_in_use, write_terms
from tests.chat.stage import shelve
from tests.documents.conftest import MODEL, embed_texts


def add(reader: Reader, title: str, pages: Sequence[str], access: str = "public") -> Document:
    """One passage a page."""
    passages = shelve(reader, *pages, title=title, access=access)
    for number, passage in enumerate(passages, start=1):
        Passage.objects.filter(pk=passage.pk).update(page=number)
    version = passages[0].version
    rows = zip(passages, embed_texts(list(pages)), strict=True)
    PassageEmbedding.objects.bulk_create(PassageEmbedding(passage=passage, version=version, model=MODEL.name, vector=row) for passage, row in rows)
    analysers = analysers_in_use(reader.workspace.pk)
    write_terms(version.pk, reader.workspace.pk, [passage.pk for passage in passages], analyse_texts(list(pages), analysers))
    return version.document


def settle() -> None:
    fold_changes()
