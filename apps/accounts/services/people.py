"""Making people and the workspaces they are in, and saying who is in a workspace as what."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.text import slugify

from apps.accounts.models import Membership, Role, RoleName, User, Workspace
from apps.accounts.permissions import permissions_of
from apps.accounts.selectors.people import get_administrator
from apps.accounts.services.actors import Actor, find, people_of, record_by, require_gift, require_reach
from apps.accounts.services.audit import record
from apps.common.errors import Conflict, Invalid, NotFound


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
        record("user.added", target=user, operator_role=user.operator_role, by="command")
        record("workspace.added", target=workspace, owner=user.pk, by="command")
    return FirstAdmin(user, workspace, chosen)


def reset_password(user: User, password: str = "") -> str:
    """Set a new password (a random one if none is given), end the person's sessions by it, and return it."""
    chosen = password or new_password()
    user.set_password(chosen)
    with transaction.atomic():
        user.save(update_fields=["password"])
        record("password.changed", target=user, by="command")
    return chosen


def new_password() -> str:
    """About 95 bits, without characters that look alike, in groups that can be read aloud."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))


# --- memberships


def add_member(actor: Actor, *, workspace_id: UUID, email: str, role: str = RoleName.MEMBER, custom_role_id: UUID | str | None = None) -> Membership:
    """Add somebody who has an account to a workspace. Raise NotFound without such an account, Conflict where they are in it."""
    with people_of(actor, workspace_id) as now:
        person = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
        if person is None:
            raise NotFound("Nobody has an account with this e-mail. An operator of Quire adds accounts.")
        if Membership.objects.filter(user=person, workspace=workspace_id).exists():
            raise Conflict(f"{person} is in this workspace already.")
        membership = Membership(user=person, workspace_id=workspace_id, role=role)
        _give(now, membership, role, custom_role_id)
        membership.save()
        record_by(now, "membership.added", membership, user_id=str(person.pk), role=_role_said(membership))
    return membership


def change_role(actor: Actor, *, membership_id: object, role: str, custom_role_id: UUID | str | None = None) -> Membership:
    """Give a member another role, built-in or custom. The last active owner of a workspace stays one: Conflict."""
    found: Membership = find(actor, Membership.objects.all(), membership_id)
    with people_of(actor, found.workspace_id) as now:
        membership = _find_member(now, membership_id)
        before = _role_said(membership)
        require_reach(now, membership)
        if role != RoleName.OWNER:
            _keep_an_owner(membership)
        _give(now, membership, role, custom_role_id)
        if _role_said(membership) != before:
            membership.save(update_fields=["role", "custom_role"])
            record_by(now, "membership.changed", membership, user_id=str(membership.user_id), before=before, after=_role_said(membership))
    return membership


def remove_member(actor: Actor, *, membership_id: object) -> None:
    """Take somebody out of a workspace, and with the membership out of its groups and grants. The last active owner stays."""
    found: Membership = find(actor, Membership.objects.all(), membership_id)
    with people_of(actor, found.workspace_id) as now:
        membership = _find_member(now, membership_id)
        require_reach(now, membership)
        _keep_an_owner(membership)
        record_by(now, "membership.removed", membership, user_id=str(membership.user_id), role=_role_said(membership))
        membership.delete()


def _find_member(actor: Actor, membership_id: object) -> Membership:
    membership: Membership = find(actor, Membership.objects.select_related("user", "workspace", "custom_role"), membership_id)
    return membership


def _give(actor: Actor, membership: Membership, role: str, custom_role_id: UUID | str | None) -> None:
    if role not in RoleName.values or (role == RoleName.CUSTOM) != bool(custom_role_id):
        raise Invalid("Choose a role of the table, or a custom role of the workspace.")
    custom: Role | None = find(actor, Role.objects.filter(workspace=membership.workspace_id), custom_role_id) if custom_role_id else None
    require_gift(actor, permissions_of(role, custom.permissions if custom else ()))
    membership.role, membership.custom_role = role, custom


def _keep_an_owner(membership: Membership) -> None:
    """Someone switched off owns nothing that anybody could reach, so another owner is one who can sign in."""
    if membership.role != RoleName.OWNER:
        return
    others = Membership.objects.filter(workspace=membership.workspace_id, role=RoleName.OWNER, user__is_active=True).exclude(pk=membership.pk)
    if not others.exists():
        raise Conflict(f"{membership.user} is the last owner of {membership.workspace}. Make somebody else an owner first.")


def _role_said(membership: Membership) -> str:
    return f"custom:{membership.custom_role_id}" if membership.custom_role_id else str(membership.role)
