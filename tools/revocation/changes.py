"""What somebody with a shell on the server does: people, documents and changes of rights. See `hand`."""

import threading
import time
from collections.abc import Callable
from typing import Any

from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from apps.accounts.models import ApiKey, Group, GroupMember, Membership, Role, User, Workspace
from apps.accounts.selectors.readers import get_reader
from apps.accounts.services.keys import make_key, revoke_key
from apps.documents.models import Document, DocumentGrant, DocumentVersion
from apps.documents.services.bell import ring_library

FILE_BYTES = 256 * 1024 * 1024


def make_scene(*, name: str, password: str, document: str) -> dict[str, Any]:
    """Somebody who sees one restricted document through their group, and has a key."""
    workspace = Workspace.objects.get()
    user = User.objects.create_user(f"{name}@quire.example", password, name=name)
    membership = Membership.objects.create(user=user, workspace=workspace, role="member")
    group = Group.objects.create(workspace=workspace, name=f"Team of {name}")
    GroupMember.objects.create(group=group, membership=membership)
    DocumentGrant.objects.create(document_id=document, group=group)
    _key, text = make_key(get_reader(user, workspace.slug), name="Bot", scopes=["chat.ask", "document.view"])
    return {"email": user.email, "key": text, "slug": workspace.slug}


def restrict(*, document: str) -> dict[str, Any]:
    """Close the document to all but whom it names, and give it a large file."""
    place = default_storage.save("documents/large", ContentFile(b"x" * FILE_BYTES))
    Document.objects.filter(pk=document).update(access="restricted", original=place)
    DocumentVersion.objects.filter(document=document).update(original=place)
    return {}


def lose_the_role(user: User) -> None:
    membership = Membership.objects.get(user=user)
    role = Role.objects.create(workspace=membership.workspace, name="Sees people", permissions=["people.view"])
    Membership.objects.filter(user=user).update(role="custom", custom_role=role)


def leave_the_group(user: User) -> None:
    GroupMember.objects.filter(membership__user=user).delete()


def lose_the_grant(user: User) -> None:
    DocumentGrant.objects.filter(group__members__membership__user=user).delete()


def switch_off(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def leave_the_workspace(user: User) -> None:
    Membership.objects.filter(user=user).delete()


def end_the_session(user: User) -> None:
    for session in Session.objects.all():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()


def set_a_password(user: User) -> None:
    user.set_password("another long passphrase")
    user.save(update_fields=["password"])


def revoke_the_key(user: User) -> None:
    revoke_key(get_reader(user, Workspace.objects.get().slug), ApiKey.objects.get(owner=user))


_CHANGES: dict[str, Callable[[User], None]] = {
    change.__name__: change
    for change in (lose_the_role, leave_the_group, lose_the_grant, switch_off, leave_the_workspace, end_the_session, set_a_password, revoke_the_key)
}


def change(*, name: str, email: str) -> dict[str, Any]:
    """Make a change; `committing` is when everything but the commit itself was done, by the clock that all processes share."""
    user = User.objects.get(email=email)
    with transaction.atomic():
        _CHANGES[name](user)
        committing = time.monotonic()
    return {"committing": committing, "committed": time.monotonic()}


def keep_ringing(*, document: str) -> dict[str, Any]:
    """Ring the library for a document fifty times a second, for ever."""
    workspace_id = Workspace.objects.get().pk
    found = Document.objects.get(pk=document)

    def ring() -> None:
        while True:
            ring_library(workspace_id, found.pk)
            time.sleep(0.02)

    threading.Thread(target=ring, daemon=True).start()
    return {}


TASKS: dict[str, Callable[..., dict[str, Any]]] = {"scene": make_scene, "restrict": restrict, "change": change, "ring": keep_ringing}
