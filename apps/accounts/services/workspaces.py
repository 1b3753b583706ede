"""Making workspaces, and changing what they are called."""

from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.models import User, Workspace
from apps.accounts.services.actors import Actor, as_operator_now, checked, find, people_of, record_by
from apps.accounts.services.people import create_workspace
from apps.accounts.types import Reader
from apps.common.errors import Conflict

TAKEN = "Another workspace has this address already."


def add_workspace(actor: Actor, *, name: str, owner_id: object) -> Workspace:
    """Make a workspace with an owner who can sign in. Only operators make further ones."""
    with transaction.atomic():
        operator = as_operator_now(actor)
        owner: User = find(operator, User.objects.filter(is_active=True), owner_id)
        workspace = create_workspace(name=name.strip(), owner=owner)
        record_by(operator, "workspace.made", workspace, owner_id=str(owner.pk))
    return workspace


def change_workspace(actor: Actor, *, workspace_id: UUID, name: str, slug: str) -> Workspace:
    """Change the name and the address; links to the old address end."""
    if isinstance(actor, Reader):
        actor.require("workspace.manage")
    with people_of(actor, workspace_id) as now:
        if isinstance(now, Reader):
            now.require("workspace.manage")
        workspace = Workspace.objects.get(pk=workspace_id)
        changed = [field for field, value in (("name", name.strip()), ("slug", slug.strip())) if getattr(workspace, field) != value]
        workspace.name, workspace.slug = name.strip(), slug.strip()
        if "slug" in changed and Workspace.objects.filter(slug=workspace.slug).exists():
            raise Conflict(TAKEN)
        if changed:
            try:
                with transaction.atomic():
                    checked(workspace).save(update_fields=changed)
            except IntegrityError:
                # Taken by another workspace at this moment.
                raise Conflict(TAKEN) from None
            record_by(now, "workspace.changed", workspace, fields=changed)
    return workspace
