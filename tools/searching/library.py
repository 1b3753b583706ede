"""A workspace of the bench: its people, its collections, and documents of which the reader sees most, but not all.

Of the collections some are open to everyone, some to a group, some to nobody who asks; of the documents some are public, some their
collection's, some restricted, a part of these to the reader's group. What a document is about goes with where it lies.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from django.utils import timezone

from apps.accounts.models import Group, GroupMember, Membership, RoleName, User, Workspace
from apps.accounts.selectors.readers import get_reader
from apps.accounts.services.people import create_workspace
from apps.accounts.types import Reader
from apps.documents.models import Access, Collection, CollectionGrant, Document, DocumentGrant, DocumentVersion, Level
from apps.documents.types import Kind

# On this many of a hundred documents.
TAG, TAGGED = "one-percent", 1
_OPEN, _GRANTED, _CLOSED = 12, 4, 4
_PUBLIC, _INTERNAL = 0.40, 0.45
_NAMED = 1 / 3
_READERS_OWN = 0.02
# Passages of a document: the middle, and how far they spread (log-normal).
_PASSAGES, _SPREAD, _PASSAGES_MAX = 12, 0.9, 400
# A document speaks of its collection's subjects, mostly.
_AT_HOME = 0.8


@dataclass(frozen=True)
class Shelves:
    """Where documents go, and who is there to own and read them."""

    workspace: Workspace
    collections: list[Collection]
    group: Group
    colleague: User
    reader: User


@dataclass(frozen=True)
class Made:
    """A document that is about to be written, and the subject of each of its passages."""

    document: Document
    version: DocumentVersion
    subjects: list[int]
    is_named: bool


def make_workspace(name: str) -> tuple[Shelves, Reader]:
    """Make a workspace with its people and collections; return it with the one who asks, who holds no office there."""
    owner, colleague, reader = (User.objects.create_user(f"{who}@{name}.invalid", None, name=who) for who in ("owner", "colleague", "reader"))
    workspace = create_workspace(name=name, owner=owner)
    group = Group.objects.create(workspace=workspace, name="Team")
    Membership.objects.create(user=colleague, workspace=workspace, role=RoleName.MEMBER)
    member = Membership.objects.create(user=reader, workspace=workspace, role=RoleName.MEMBER)
    GroupMember.objects.create(group=group, membership=member)
    levels = [Level.READ] * _OPEN + [Level.NONE] * (_GRANTED + _CLOSED)
    made = [Collection(workspace=workspace, name=f"Shelf {number}", slug=f"shelf-{number}", everyone=level) for number, level in enumerate(levels)]
    collections = Collection.objects.bulk_create(made)
    CollectionGrant.objects.bulk_create([CollectionGrant(collection=one, group=group) for one in collections[_OPEN : _OPEN + _GRANTED]])
    return Shelves(workspace, collections, group, colleague, reader), get_reader(reader, workspace.slug)


def reader_of(name: str) -> Reader:
    """Return the one who asks in a workspace of this name."""
    return get_reader(User.objects.get(email=f"reader@{name}.invalid"), name)


def make_documents(shelves: Shelves, passages: int, subjects: int, chance: np.random.Generator) -> Iterator[Made]:
    """Yield documents until they have so many passages in all."""
    left = passages
    while left > 0:
        size = min(left, _PASSAGES_MAX, max(1, int(chance.lognormal(np.log(_PASSAGES), _SPREAD))))
        left -= size
        yield _make(shelves, size, subjects, chance)


def name_group(shelves: Shelves, some: list[Made]) -> None:
    """Open to the group what is restricted to it, once the rows are there."""
    DocumentGrant.objects.bulk_create([DocumentGrant(document=one.document, group=shelves.group) for one in some if one.is_named])


def _make(shelves: Shelves, size: int, subjects: int, chance: np.random.Generator) -> Made:
    subject = int(chance.integers(subjects))
    place = subject if chance.random() < _AT_HOME else int(chance.integers(len(shelves.collections)))
    roll = chance.random()
    access = Access.PUBLIC if roll < _PUBLIC else Access.INTERNAL if roll < _PUBLIC + _INTERNAL else Access.RESTRICTED
    document = Document(
        collection=shelves.collections[place % len(shelves.collections)],
        owner=shelves.reader if chance.random() < _READERS_OWN else shelves.colleague,
        title=f"Document {int(chance.integers(1_000_000_000))}",
        access=access,
        tags=[TAG] if chance.random() < TAGGED / 100 else [],
        **_facts(),
    )
    version = DocumentVersion(document=document, number=1, title=document.title, passage_count=size, **_facts())
    at_home = chance.random(size) < _AT_HOME
    spoken = np.where(at_home, subject, chance.integers(subjects, size=size))
    return Made(document, version, [int(one) for one in spoken], access == Access.RESTRICTED and chance.random() < _NAMED)


def _facts() -> dict[str, object]:
    return {"kind": Kind.TEXT, "sha256": "0" * 64, "byte_size": 1, "original": "", "source_name": "made.txt", "created_at": timezone.now()}
