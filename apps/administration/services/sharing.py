"""What an operator opens and closes in a library. As in the workspace itself, but by a right over the installation."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import Group, Membership
from apps.accounts.services.actors import checked, find
from apps.accounts.services.audit import record
from apps.accounts.types import Operator
from apps.common.errors import Invalid, NotAllowed, NotFound
from apps.documents.models import Collection, CollectionGrant, Document, DocumentGrant
from apps.documents.services.bell import ring_collection, ring_library


def change_collection(operator: Operator, *, collection_id: UUID, name: str, description: str, everyone: str) -> Collection:
    with _held_collection(operator, collection_id) as collection:
        wanted = {"name": name.strip(), "description": description.strip(), "everyone": everyone}
        changed = [field for field, value in wanted.items() if getattr(collection, field) != value]
        levels: dict[str, Any] = {"before": collection.everyone, "after": everyone} if "everyone" in changed else {}
        for field in changed:
            setattr(collection, field, wanted[field])
        if changed:
            checked(collection).save(update_fields=changed)
            record("collection.changed", actor=operator.user, target=collection, fields=changed, **levels)
    return collection


def grant_collection(operator: Operator, *, collection_id: UUID, member_id: int | None, group_id: UUID | None, level: str) -> CollectionGrant:
    """Let a member or a group of the collection's workspace do something in it; a grant that there is gets this level."""
    with _held_collection(operator, collection_id) as collection:
        subject = _subject(operator, collection.workspace_id, member_id, group_id)
        grant = CollectionGrant.objects.filter(collection=collection, **subject).first() or CollectionGrant(collection=collection, **subject, level="")
        before, action = grant.level or "none", "collection_grant.changed" if grant.pk else "collection_grant.added"
        if before != level:
            grant.level = level
            checked(grant).save()
            record(action, actor=operator.user, target=collection, before=before, after=level, **_ids(subject))
    return grant


def revoke_grant(operator: Operator, *, grant_id: int) -> None:
    found: CollectionGrant = find(operator, CollectionGrant.objects.select_related("member"), grant_id)
    with _held_collection(operator, found.collection_id) as collection:
        count, _ = CollectionGrant.objects.filter(pk=grant_id).delete()
        if count:
            ids = _ids({"member": found.member, "group": found.group})
            record("collection_grant.removed", actor=operator.user, target=collection, before=found.level, **ids)


def share_document(operator: Operator, *, document_id: UUID, member_id: int | None, group_id: UUID | None) -> DocumentGrant:
    """Name a member or a group on a document that the operator sees."""
    with _held_document(operator, document_id) as document:
        subject = _subject(operator, document.collection.workspace_id, member_id, group_id)
        grant, is_new = DocumentGrant.objects.get_or_create(document=document, **subject)
        if is_new:
            record("document.shared", actor=operator.user, workspace_id=document.collection.workspace_id, target=document, **_ids(subject))
    return grant


def unshare_document(operator: Operator, *, grant_id: int) -> None:
    found: DocumentGrant = find(operator, DocumentGrant.objects.select_related("member", "group"), grant_id)
    with _held_document(operator, found.document_id) as document:
        count, _ = DocumentGrant.objects.filter(pk=grant_id).delete()
        if count:
            ids = _ids({"member": found.member, "group": found.group})
            record("document.unshared", actor=operator.user, workspace_id=document.collection.workspace_id, target=document, **ids)


@contextmanager
def _held_collection(operator: Operator, collection_id: UUID) -> Iterator[Collection]:
    if not (operator.can_change(Collection) and operator.can_change(CollectionGrant)):
        raise NotAllowed("operator.sharing", "Your operator role does not open or close collections.")
    with transaction.atomic():
        collection: Collection = find(operator, Collection.objects.select_for_update(of=("self",)), collection_id)
        yield collection
        transaction.on_commit(lambda: ring_collection(collection))


@contextmanager
def _held_document(operator: Operator, document_id: UUID) -> Iterator[Document]:
    if not operator.can_change(DocumentGrant):
        raise NotAllowed("operator.sharing", "Your operator role does not open or close documents.")
    with transaction.atomic():
        document: Document = find(operator, Document.objects.select_for_update(of=("self",)).select_related("collection"), document_id)
        yield document
        transaction.on_commit(lambda: ring_library(document.collection.workspace_id, document.pk))


# Any: one keyword of a grant, `member` or `group`, with its row.
def _subject(operator: Operator, workspace_id: UUID, member_id: int | None, group_id: UUID | None) -> dict[str, Any]:
    if (member_id is None) == (group_id is None):
        raise Invalid("Name a member or a group, not both.")
    rows: Any = Membership.objects if member_id else Group.objects
    try:
        return {"member" if member_id else "group": find(operator, rows.filter(workspace=workspace_id), member_id or group_id)}
    except NotFound:
        raise NotFound("This member or group is not one of the same workspace.") from None


def _ids(subject: dict[str, Any]) -> dict[str, Any]:
    ids: dict[str, Any] = {name: str(row.pk) for name, row in subject.items() if row is not None}
    if member := subject.get("member"):
        ids["user"] = str(member.user_id)
    return ids
