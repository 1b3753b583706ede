"""Who may see and do what in the library: one rule for each kind of access, used by every query and shown on a page.

| access     | who sees it                                              |
|------------|----------------------------------------------------------|
| public     | everybody in the workspace                               |
| internal   | the readers of its collection                            |
| restricted | the people and groups that it names                      |

Its owner sees a document in each case, and nobody without the permission document.view sees any. No role opens an internal
or restricted document by itself: who manages collections or people can give themselves a grant or join a group, and the audit
trail says so.
"""

from typing import TYPE_CHECKING

import rules
from django.db.models import Q

from apps.documents.constants import HANDBOOK_SLUG

if TYPE_CHECKING:
    from apps.accounts.types import Operator, Reader
    from apps.documents.models import Collection, Document

# What RULES says on the page is what `visible_documents` does below: change both, and `sees`, which tells beforehand.
RULES = (
    ("Public", "Everyone in the workspace sees the document."),
    (
        "Internal",
        "Whoever may read its collection sees the document: everyone, if the collection is open to everyone, else the people and groups granted there.",
    ),
    ("Restricted", "Only the people and groups that the document names see it."),
    ("In each case", "The person who added a document sees it. No role opens an internal or restricted document by itself."),
    ("Managers", "Whoever manages collections or people can grant themselves a collection or join a group, and the audit trail says so."),
)
# Levels in a collection that let one read; each includes those before it.
READING = ("read", "write", "manage")
WRITING = ("write", "manage")
MANAGING = ("manage",)


def visible_documents(prefix: str, reader: "Reader") -> Q:
    """The documents that `reader` sees; `prefix` leads from the queried model to the document."""
    from apps.documents.models import Collection, DocumentGrant

    named = DocumentGrant.objects.filter(is_for(reader)).values("document")
    readable = Collection.objects.all().readable_by(reader).values("pk")
    return (
        Q(**{f"{prefix}access": "public"})
        | Q(**{f"{prefix}owner": reader.user.pk})
        | Q(**{f"{prefix}access": "internal", f"{prefix}collection__in": readable})
        | Q(**{f"{prefix}access": "restricted", f"{prefix}pk__in": named})
    )


def visible_collections(reader: "Reader") -> Q:
    """The collections whose names `reader` sees."""
    if reader.can("collection.manage"):
        return Q()
    return level_in("", reader, READING) if reader.can("document.view") else Q(pk__in=[])


def writable_collections(reader: "Reader") -> Q:
    """The collections that `reader` may add to. Never the handbook's: each start makes it equal to Quire's own pages again."""
    mine = Q() if reader.can("collection.manage") else level_in("", reader, WRITING)
    return mine & ~Q(slug=HANDBOOK_SLUG) if reader.can("document.add") else Q(pk__in=[])


def managed_collections(reader: "Reader") -> Q:
    """The collections of which `reader` says who may read, write and manage them."""
    if reader.can("collection.manage"):
        return Q()
    return level_in("", reader, MANAGING) if reader.can("document.add") else Q(pk__in=[])


def level_in(prefix: str, reader: "Reader", levels: tuple[str, ...]) -> Q:
    """The collections in which `reader` has one of `levels`, by a grant or as everybody."""
    from apps.documents.models import CollectionGrant

    granted = CollectionGrant.objects.filter(is_for(reader), level__in=levels).values("collection")
    return Q(**{f"{prefix}everyone__in": levels}) | Q(**{f"{prefix}pk__in": granted})


def sees(reader: "Reader", document: "Document", access: str, collection: "Collection") -> bool:
    """Whether a reader who sees `document` now would see it with this access in that collection: told before it is changed."""
    from apps.documents.models import Collection

    if document.owner_id == reader.user.pk or access == "public":
        return True
    if access == "internal":
        return Collection.objects.filter(pk=collection.pk).readable_by(reader).exists()
    return document.grants.filter(is_for(reader)).exists()


def shown_to_operator(prefix: str, operator: "Operator") -> Q:
    """The documents of which the administration says anything: all but restricted ones that do not name the operator."""
    from apps.documents.models import DocumentGrant

    user = operator.user.pk
    named = DocumentGrant.objects.filter(Q(member__user=user) | Q(group__members__membership__user=user)).values("document")
    return ~Q(**{f"{prefix}access": "restricted"}) | Q(**{f"{prefix}owner": user}) | Q(**{f"{prefix}pk__in": named})


def is_for(reader: "Reader") -> Q:
    return Q(member=reader.membership_id) | Q(group__in=list(reader.groups))


# --- predicates for actions on one object, which the caller got through `visible_to`


def owns(reader: "Reader", document: "Document") -> bool:
    return document.owner_id == reader.user.pk and reader.can("document.add")


def manages_documents(reader: "Reader", document: "Document") -> bool:
    return reader.can("document.manage")


def writes_to(reader: "Reader", collection: "Collection") -> bool:
    from apps.documents.models import Collection

    return Collection.objects.filter(pk=collection.pk).writable_by(reader).exists()


def manages(reader: "Reader", collection: "Collection") -> bool:
    from apps.documents.models import Collection

    return Collection.objects.filter(pk=collection.pk).managed_by(reader).exists()


rules.add_rule("document.manage", rules.predicate(owns) | rules.predicate(manages_documents))
rules.add_rule("document.add", rules.predicate(writes_to))
rules.add_rule("collection.manage", rules.predicate(manages))
