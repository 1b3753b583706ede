"""Who sees a document and who may do what in a collection, in words: names only where the reader may see people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.accounts.models import Group, Membership, User
from apps.accounts.types import Reader
from apps.common.errors import Invalid
from apps.documents.models import Access, Collection, CollectionGrant, Document, DocumentGrant, Level
from apps.documents.rights import READING
from apps.documents.selectors import get_group, get_member, is_here, is_visible, list_collection_grants, list_document_grants, list_groups, list_members

EVERYONE = "Everyone in the workspace"
_ADDED = "added the document"
_NAMES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Who:
    """One line of a list: a group, a person or everyone; `key` is how a form names them, empty where there is nothing to do."""

    name: str
    kind: str
    why: str = ""
    key: str = ""
    level: str = ""
    level_label: str = ""
    user_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    help: str = ""


# What the upload form offers, and how the page of a document's access says the same.
ACCESS_OFFERED = (
    Choice(Access.PUBLIC, EVERYONE),
    Choice(Access.INTERNAL, "Readers of the collection"),
    Choice(Access.RESTRICTED, "Only me and who I name"),
)
ACCESS_CHOICES = (
    Choice(Access.PUBLIC, EVERYONE, "Whatever its collection is open to."),
    Choice(Access.INTERNAL, "Readers of the collection", "Whoever may read its collection, now and later."),
    Choice(Access.RESTRICTED, "Only who is named", "Who added it, and the people and groups named below."),
)


def audience_of(reader: Reader, document: Document, access: str, collection: Collection) -> list[Who]:
    """Return by which rule who sees `document` with this access in this collection: who added it first, while they are here."""
    if access == Access.PUBLIC:
        return [Who(EVERYONE, "everyone", "the document is open to everyone")]
    sees = named_on(reader, document) if access == Access.RESTRICTED else readers_of(reader, collection)
    if document.owner is None or is_everyone(sees) or not is_here(reader, document.owner):
        return sees
    # Once, though the collection or the document may name them too.
    return [_owner(document.owner), *(one for one in sees if one.user_id != document.owner_id)]


def is_everyone(people: Iterable[Who]) -> bool:
    return any(one.kind == "everyone" for one in people)


def readers_of(reader: Reader, collection: Collection) -> list[Who]:
    """Return who reads a collection; its people and groups stay unnamed where the reader sees none of them."""
    if collection.everyone in READING:
        return [Who(EVERYONE, "everyone", "the collection is open to everyone")]
    if not (reader.can("people.view") and is_visible(reader, collection)):
        return [Who("The people and groups granted in the collection", "group", "may read the collection")]
    return [_who(reader, grant, why="may read the collection") for grant in list_collection_grants(reader, collection)]


def grants_of(reader: Reader, collection: Collection) -> list[Who]:
    return [_who(reader, grant) for grant in list_collection_grants(reader, collection)]


def named_on(reader: Reader, document: Document) -> list[Who]:
    """Return whom a document names, restricted or not; unnamed for who may not see people."""
    if not reader.can("people.view"):
        return [Who("The people and groups that it names", "group", "named on the document")]
    return [_who(reader, grant, why="named on the document") for grant in list_document_grants(reader, document)]


def in_words(people: Iterable[Who]) -> str:
    """“Finance, Legal and Bob”, at most so many that a sentence can hold."""
    # Only names of somebody keep their capital in the middle of a sentence.
    names = [one.name if one.key or one.why == _ADDED else one.name[0].lower() + one.name[1:] for one in people]
    if not names:
        return "nobody yet"
    if len(names) > _NAMES_SHOWN:
        names = [*names[:_NAMES_SHOWN], f"{len(names) - _NAMES_SHOWN} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def choices_beside(reader: Reader, taken: Sequence[Who]) -> dict[str, list[Choice]]:
    """Return whom a form can name: the groups and people that the reader sees, but for those who are there already."""
    keys = {one.key for one in taken}
    groups = [Choice(f"group:{group.pk}", group.name) for group in list_groups(reader)]
    members = [Choice(f"member:{member.pk}", _label(member)) for member in list_members(reader)]
    found = {"Groups": groups, "People": members}
    return {label: [one for one in choices if one.value not in keys] for label, choices in found.items()}


# Any: one keyword, `member` or `group`, with its row, as the services take it.
def read_who(reader: Reader, key: str) -> dict[str, Any]:
    """Return whom a form names, as the reader sees them."""
    kind, _, row_id = key.partition(":")
    if kind == "member":
        return {"member": get_member(reader, row_id)}
    if kind == "group":
        return {"group": get_group(reader, row_id)}
    raise Invalid("Choose a person or a group.")


def name_of(who: Membership | Group) -> str:
    return who.name if isinstance(who, Group) else str(who.user)


def _who(reader: Reader, grant: DocumentGrant | CollectionGrant, *, why: str = "") -> Who:
    level = grant.level if isinstance(grant, CollectionGrant) else ""
    label = Level(level).label if level else ""
    if grant.group is not None:
        return Who(grant.group.name, "group", why, f"group:{grant.group_id}", level, label)
    assert grant.member is not None  # a constraint of the table: one of the two
    return Who(str(grant.member.user), "member", why, f"member:{grant.member_id}", level, label, grant.member.user_id)


def _owner(owner: User) -> Who:
    return Who(str(owner), "member", _ADDED)


def _label(member: Membership) -> str:
    """Two people can have one name: the address tells them apart."""
    return f"{member.user.name} ({member.user.email})" if member.user.name else member.user.email
