"""Saying by which tags a document is found."""

from collections.abc import Iterable

from apps.accounts.services.audit import record
from apps.accounts.types import Reader
from apps.documents.models import Document
from apps.documents.services.sharing import locked_document
from apps.documents.tags import clean_tags


def set_tags(reader: Reader, document: Document, tags: Iterable[str]) -> Document:
    """Put these tags on a document that is the reader's to manage, in place of those it has. Raises Invalid for what is no tag.

    An attachment has tags of its own. The trail says how many there were and are, never which.
    """
    with locked_document(reader, document) as locked:
        before, wanted = locked.tags, clean_tags(tags)
        if before != wanted:
            locked.tags = wanted
            # Not `updated_at`: nothing that is written in it changed.
            Document.objects.filter(pk=locked.pk).update(tags=wanted)
            record("document.tagged", reader=reader, target=locked, before=len(before), after=len(wanted))
    return locked
