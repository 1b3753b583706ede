"""Who sees a document: its access, and the people and groups that it names.

Each change locks the document as the reader sees it now: two at once follow one another, and who lost the document or the
right meanwhile changes nothing. Rows of people are looked up through the reader too, so a foreign id is a 404.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.models import Group, Membership
from apps.accounts.selectors.readers import renew
from apps.accounts.services.audit import record
from apps.accounts.types import Reader
from apps.common.errors import Conflict, Invalid, NotFound
from apps.documents.models import Access, Document, DocumentGrant
from apps.documents.services.bell import ring_library
from apps.documents.services.families import family_of, lock_family

WITH_ITS_MESSAGE = "This came with a message, and who sees it goes with that. Change it there."


@contextmanager
def locked_document(reader: Reader, document: Document) -> Iterator[Document]:
    """Lend a document that is the reader's to manage, locked with what is attached to it until the end of the transaction; then ring for it."""
    with transaction.atomic():
        lock_family(document.pk)
        # Asked once it is locked: who saw it a moment ago may not any more.
        locked = Document.objects.visible_to(reader).select_related("collection", "owner").filter(pk=document.pk).first()
        now = renew(reader)
        if locked is None or (now is not reader and not Document.objects.visible_to(now).filter(pk=locked.pk).exists()):
            raise NotFound
        now.require("document.manage", locked)
        yield locked
        transaction.on_commit(lambda: ring_library(reader.workspace.pk, locked.pk))


@contextmanager
def locked_message(reader: Reader, document: Document) -> Iterator[tuple[Document, list[UUID]]]:
    """The same with the ids of the whole family, for what changes who sees it. Raises Conflict for an attachment."""
    with locked_document(reader, document) as locked:
        if locked.parent_id is not None:
            raise Conflict(WITH_ITS_MESSAGE)
        family = family_of(locked.pk)
        yield locked, family
        for one in family:
            if one != locked.pk:
                transaction.on_commit(partial(ring_library, reader.workspace.pk, one))


def set_access(reader: Reader, document: Document, access: str) -> Document:
    """Say who sees a document. Its names stay on it; they count while it is restricted."""
    if access not in Access.values:
        raise Invalid(f"Access is one of: {', '.join(Access.values)}.")
    with locked_message(reader, document) as (locked, family):
        before = locked.access
        if before != access:
            locked.access = access
            # Not `updated_at`: nothing that is written in it changed.
            Document.objects.filter(pk__in=family).update(access=access)
            record("document.access_changed", reader=reader, target=locked, before=before, after=access)
    return locked


def share_document(reader: Reader, document: Document, *, member: Membership | None = None, group: Group | None = None) -> bool:
    """Name one member or group on a document; whether they were not named before."""
    with names_that_are_there(), locked_message(reader, document) as (locked, family):
        subject = find_subject(reader, member, group)
        is_new = not DocumentGrant.objects.filter(document=locked, **subject).exists()
        if is_new:
            DocumentGrant.objects.bulk_create([DocumentGrant(document_id=one, **subject) for one in family], ignore_conflicts=True)
            record("document.shared", reader=reader, target=locked, **ids_of(subject))
    return is_new


def unshare_document(reader: Reader, document: Document, *, member: Membership | None = None, group: Group | None = None) -> bool:
    """Take a name off a document; whether it was there."""
    with locked_message(reader, document) as (locked, family):
        subject = find_subject(reader, member, group)
        count, _ = DocumentGrant.objects.filter(document__in=family, **subject).delete()
        if count:
            record("document.unshared", reader=reader, target=locked, **ids_of(subject))
    return bool(count)


# Any: one keyword of a grant, `member` or `group`, with its row.
Subject = dict[str, Any]


def find_subject(reader: Reader, member: Membership | None, group: Group | None) -> Subject:
    """Return the one of the two that is given, as the reader sees it: what is foreign or gone raises NotFound."""
    if (member is None) == (group is None):
        raise Invalid("Name a person or a group, one at a time.")
    if member is not None and (found := Membership.objects.visible_to(reader).filter(pk=member.pk).first()):
        return {"member": found}
    if group is not None and (group_found := Group.objects.visible_to(reader).filter(pk=group.pk).first()):
        return {"group": group_found}
    raise NotFound


def ids_of(subject: Subject) -> dict[str, Any]:
    """Who is named, for the audit trail: a member's row goes when they leave, so the person's own id is kept beside it."""
    ids = {name: str(row.pk) for name, row in subject.items()}
    if member := subject.get("member"):
        ids["user"] = str(member.user_id)
    return ids


@contextmanager
def names_that_are_there() -> Iterator[None]:
    """A member or group that goes while they are named is found out at the commit, by the database."""
    try:
        yield
    except IntegrityError:
        raise NotFound from None
