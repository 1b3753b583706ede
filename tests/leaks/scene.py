"""Many people, and papers of which each holds a word that stands nowhere else: who finds that word, and who may?

What is believed of who sees what comes from `tests/rights/model.py`; what is asked is the product.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby

import numpy as np

from apps.accounts.models import Group, GroupMember, Membership, User, Workspace
from apps.accounts.selectors.readers import get_reader
from apps.accounts.types import Reader
from apps.documents.models import (
    Collection,
    CollectionGrant,
    Document,
    DocumentGrant,
    DocumentVersion,
    Passage,
    PassageEmbedding,
)
from apps.documents.services.statistics import fold_changes
from apps.documents.services.terms import analyse_texts, analysers_in_use, write_terms
from tests.documents.conftest import MODEL, embed_texts
from tests.rights.model import READS, Model, Paper, Shelf

KINDS = ("pdf", "docx", "eml", "text")
ACCESS = ("public", "internal", "restricted", "restricted")
ROLES = ("viewer", "member", "editor", "admin", "owner")
SUBJECTS = ("lease of the workshop", "travel costs of the sales team", "salary of the head of design", "minutes of the board", "recipe of the blue glaze")
# Every so many papers one is a volume, whose word stands on each of its pages.
VOLUME_EVERY, VOLUME_PASSAGES = 30, 120
# A word of this shape that nobody wrote.
UNWRITTEN = 999_999


def canary(number: int) -> str:
    return f"zephyr{number:06d}q"


def title_of(number: int) -> str:
    return f"Paper {number:06d}"


def tag_of(number: int) -> str:
    return f"mark{number:06d}"


def shelf_of(number: int) -> str:
    return f"Shelf {number}"


async def embed_without_canaries(principal: object, texts: Sequence[str]) -> np.ndarray:
    """The meaning of a question, in which words that only one paper has mean nothing: a written one and an unwritten one are the same."""
    return embed_texts([" ".join(word for word in text.split() if not any(sign.isdigit() for sign in word)) for text in texts])


@dataclass
class Scene:
    """The same seed gives the same scene."""

    people_count: int
    paper_count: int
    model: Model = field(default_factory=Model)
    readers: dict[str, Reader] = field(default_factory=dict)
    # Of each paper by its number.
    documents: dict[int, Document] = field(default_factory=dict)
    shelves: dict[int, Collection] = field(default_factory=dict)

    def sees(self, person: str, number: int) -> bool:
        return self.model.sees(person, title_of(number))

    def sees_shelf(self, person: str, number: int) -> bool:
        """Whether they see the name of the paper's collection."""
        shelf = self.model.papers[title_of(number)].shelf
        return self.model.may(person, "collections") or bool(self.model.level(person, shelf) & READS)

    def build(self) -> "Scene":
        chance = random.Random(20260)  # the same scene each time
        workspace = Workspace.objects.create(name="Acme", slug="acme")
        members = self._join(workspace, chance)
        self._furnish(workspace, members, chance)
        self._write(workspace, chance)
        fold_changes()
        self.readers = {name: get_reader(member.user, "acme") for name, member in members.items()}
        return self

    def _join(self, workspace: Workspace, chance: random.Random) -> dict[str, Membership]:
        names = [f"reader{number:02d}" for number in range(self.people_count)]
        users = User.objects.bulk_create(User(email=f"{name}@example.org", name=name) for name in names)
        roles = [ROLES[-1], *(chance.choice(ROLES[:-1]) for _ in names[1:])]
        rows = [Membership(user=user, workspace=workspace, role=role) for user, role in zip(users, roles, strict=True)]
        members = dict(zip(names, Membership.objects.bulk_create(rows), strict=True))
        self.model.roles = dict(zip(names, roles, strict=True))
        for number in range(max(2, self.people_count // 5)):
            inside = chance.sample(names, 3)
            group = Group.objects.create(workspace=workspace, name=f"team{number}")
            GroupMember.objects.bulk_create(GroupMember(group=group, membership=members[name]) for name in inside)
            self.model.groups[group.name] = set(inside)
        return members

    def _furnish(self, workspace: Workspace, members: dict[str, Membership], chance: random.Random) -> None:
        """Collections and documents, opened to some by their names, to some by a group, and to some not at all."""
        groups = {group.name: group for group in Group.objects.filter(workspace=workspace)}
        subjects = [*members, *groups]
        for number in range(max(3, self.paper_count // 40)):
            everyone = chance.choice(("none", "none", "read"))
            shelf = Collection.objects.create(workspace=workspace, name=shelf_of(number), slug=f"shelf-{number}", everyone=everyone)
            granted = dict.fromkeys(chance.sample(subjects, 2), "read")
            CollectionGrant.objects.bulk_create(CollectionGrant(collection=shelf, level="read", **_named(name, members, groups)) for name in granted)
            self.shelves[number] = shelf
            self.model.shelves[shelf.name] = Shelf(everyone, dict(granted))
        grants = []
        for number in range(self.paper_count):
            owner, shelf, access = chance.choice(list(members)), chance.choice(list(self.shelves.values())), chance.choice(ACCESS)
            named = set(chance.sample(subjects, 2)) if access == "restricted" else set()
            document = Document(
                collection=shelf, owner=members[owner].user, title=title_of(number), kind=chance.choice(KINDS), access=access, state="ready",
                sha256=f"{number:064}", byte_size=1, original=f"none/{number}", source_name=f"{number}.txt", tags=[tag_of(number)],
            )  # fmt: skip
            self.documents[number] = document
            self.model.papers[document.title] = Paper(owner, shelf.name, access, named)
            grants += [DocumentGrant(document=document, **_named(name, members, groups)) for name in named]
        Document.objects.bulk_create(self.documents.values())
        DocumentGrant.objects.bulk_create(grants)
        Document.objects.update(updated_at=datetime(2026, 1, 1, tzinfo=UTC))

    def _write(self, workspace: Workspace, chance: random.Random) -> None:
        subjects = {number: chance.choice(SUBJECTS) for number in self.documents}
        texts = {number: [_sentence(subjects[number], number, place) for place in range(passages_of(number))] for number in self.documents}
        versions = dict(zip(texts, DocumentVersion.objects.bulk_create(self._version(number) for number in texts), strict=True))
        passages = Passage.objects.bulk_create(
            Passage(version=versions[number], workspace=workspace, ordinal=place, text=text, start=0, end=len(text))
            for number, written in texts.items()
            for place, text in enumerate(written)
        )
        vectors = embed_texts([passage.text for passage in passages])
        PassageEmbedding.objects.bulk_create(
            PassageEmbedding(passage=passage, version=passage.version, model=MODEL.name, vector=row) for passage, row in zip(passages, vectors, strict=True)
        )
        analysers = analysers_in_use(workspace.pk)
        for version_id, group in groupby(passages, key=lambda passage: passage.version_id):
            written = list(group)
            write_terms(version_id, workspace.pk, [one.pk for one in written], analyse_texts([one.text for one in written], analysers))
        for number, version in versions.items():
            self.documents[number].current_version = version
        Document.objects.bulk_update(self.documents.values(), ["current_version"])

    def _version(self, number: int) -> DocumentVersion:
        return DocumentVersion(document=self.documents[number], number=1, parser="none", passage_count=passages_of(number))


def passages_of(number: int) -> int:
    return 1 if number % VOLUME_EVERY else VOLUME_PASSAGES


def _sentence(subject: str, number: int, place: int) -> str:
    return f"The {subject} is {canary(number)} and nothing else{f', page {place}' if place else ''}."


# Any model's field.
def _named(name: str, members: dict[str, Membership], groups: dict[str, Group]) -> dict[str, Membership | Group]:
    return {"member": members[name]} if name in members else {"group": groups[name]}
