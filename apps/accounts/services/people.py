"""Making people and the workspaces they are in."""

import secrets
from dataclasses import dataclass

from django.db import transaction
from django.utils.text import slugify

from apps.accounts.models import Membership, RoleName, User, Workspace
from apps.accounts.selectors.people import get_administrator


@dataclass(frozen=True)
class FirstAdmin:
    """The first administrator. `password` is only there when it was made just now: it is shown once and kept nowhere."""

    user: User
    workspace: Workspace
    password: str | None


def create_workspace(*, name: str, owner: User) -> Workspace:
    """Make a workspace with its owner; a name that is taken gets a number in its address."""
    base = slugify(name)[:50] or "workspace"
    slug, number = base, 1
    with transaction.atomic():
        while Workspace.objects.filter(slug=slug).exists():
            number += 1
            slug = f"{base}-{number}"
        workspace = Workspace.objects.create(name=name, slug=slug)
        Membership.objects.create(user=owner, workspace=workspace, role=RoleName.OWNER)
    return workspace


def create_first_admin(*, email: str, password: str, workspace_name: str) -> FirstAdmin:
    """Make the first administrator and workspace, once. Running it again changes nothing and tells no password."""
    existing = get_administrator()
    if existing is not None:
        membership = Membership.objects.filter(user=existing).select_related("workspace").order_by("created_at").first()
        workspace = membership.workspace if membership else create_workspace(name=workspace_name, owner=existing)
        return FirstAdmin(existing, workspace, None)
    chosen = password or new_password()
    with transaction.atomic():
        user = User.objects.create_superuser(email, chosen)
        workspace = create_workspace(name=workspace_name, owner=user)
    return FirstAdmin(user, workspace, chosen)


def reset_password(user: User, password: str = "") -> str:
    """Set a new password (a random one if none is given), end the person's sessions by it, and return it."""
    chosen = password or new_password()
    user.set_password(chosen)
    user.save(update_fields=["password"])
    return chosen


def new_password() -> str:
    """About 95 bits, without characters that look alike, in groups that can be read aloud."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))
