"""What every form that says who may do what begins with: the row, as one that the reader manages, and whom it is about."""

from typing import Any
from uuid import UUID

from apps.accounts.types import Reader
from apps.documents.audience import name_of
from apps.documents.models import Collection, Document
from apps.documents.selectors import get_collection, get_document

# Any: `read_who` gives one keyword with its row.
Subject = dict[str, Any]


def managed_document(reader: Reader, document_id: UUID) -> Document:
    found = get_document(reader, document_id)
    reader.require("document.manage", found)
    return found


def managed_collection(reader: Reader, collection_id: UUID) -> Collection:
    found = get_collection(reader, collection_id)
    reader.require("collection.manage", found)
    return found


def name_of_subject(subject: Subject) -> str:
    return name_of(next(iter(subject.values())))
