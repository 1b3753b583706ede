"""From a person and the name of a workspace to a Reader. Absent and foreign workspaces look the same."""

from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from django.utils import timezone

from apps.accounts.errors import WrongKey
from apps.accounts.models import ApiKey, GroupMember, Membership, User, Workspace
from apps.accounts.permissions import permissions_of
from apps.accounts.types import Reader
from apps.common.errors import Malformed, NotFound, NotSignedIn


def get_reader(user: User | AnonymousUser, slug: str) -> Reader:
    """Raise NotSignedIn without a person, NotFound where they have no membership."""
    if not isinstance(user, User):
        raise NotSignedIn
    return _read(user=user, workspace__slug=slug)


def get_reader_by_id(user_id: UUID | str, workspace_id: UUID | str) -> Reader:
    """For work that goes on without a request: the rights are read anew, so a change of them acts at once."""
    return _read(user_id=user_id, workspace_id=workspace_id)


def get_only_reader(user: User | AnonymousUser, slug: str = "") -> Reader:
    """For the API: the workspace named by `slug`, or the person's only one."""
    if slug:
        return get_reader(user, slug)
    if not isinstance(user, User):
        raise NotSignedIn
    workspaces = list_workspaces(user)
    if len(workspaces) > 1:
        raise Malformed("You are in several workspaces: name one in the header X-Quire-Workspace.")
    if not workspaces:
        raise NotFound
    return get_reader(user, workspaces[0].slug)


def get_reader_of_key(key_id: UUID) -> Reader:
    """As a key's owner in the key's workspace, with those of the owner's permissions that the key has.

    Raise WrongKey once the key ended, or with it the owner's account or membership.
    """
    key = ApiKey.objects.alive().filter(pk=key_id).first()
    membership = _memberships().filter(user=key.owner_id, workspace=key.workspace_id).first() if key else None
    if key is None or membership is None:
        raise WrongKey
    return _from_membership(membership, key)


def renew(reader: Reader) -> Reader:
    """Return the reader as it is now: itself while its epoch stands (one small query), else read anew.

    Raise WrongKey for a key that ended, NotFound for who is switched off or left the workspace. Whether a session
    goes on is `selectors.sessions`' to say.
    """
    if reader.expires_at is not None and reader.expires_at <= timezone.now():
        raise WrongKey
    if get_epoch(reader.membership_id) == reader.epoch:
        return reader
    if reader.api_key_id is not None:
        return get_reader_of_key(reader.api_key_id)
    return get_reader_by_id(reader.user.pk, reader.workspace.pk)


def get_epoch(membership_id: int) -> int | None:
    """Return the sum of the person's and the workspace's epochs; None without such a membership, or once switched off."""
    memberships = Membership.objects.filter(pk=membership_id, user__is_active=True)
    epoch: int | None = memberships.values_list(F("user__epoch") + F("workspace__epoch"), flat=True).first()
    return epoch


def list_readers(user: User) -> list[Reader]:
    """Return what a person is in each of their workspaces."""
    return [_from_membership(membership) for membership in _memberships().filter(user=user)]


def list_workspaces(user: User | AnonymousUser) -> list[Workspace]:
    return list(Workspace.objects.of(user).order_by("name")) if isinstance(user, User) else []


def _read(**where: Any) -> Reader:
    membership = _memberships().filter(**where).first()
    if membership is None:
        raise NotFound
    return _from_membership(membership)


# Any: an annotation that the stubs cannot see.
def _memberships() -> Any:
    groups = GroupMember.objects.filter(membership=OuterRef("pk")).values("group")
    memberships = Membership.objects.filter(user__is_active=True).select_related("user", "workspace", "custom_role")
    return memberships.annotate(group_ids=ArraySubquery(groups))


def _from_membership(membership: Any, key: ApiKey | None = None) -> Reader:
    user, workspace = membership.user, membership.workspace
    permissions = permissions_of(membership.role, membership.custom_role.permissions if membership.custom_role else ())
    return Reader(
        user=user,
        workspace=workspace,
        membership_id=membership.pk,
        role=membership.role,
        permissions=permissions if key is None else permissions & frozenset(key.scopes),
        epoch=user.epoch + workspace.epoch,
        groups=frozenset(membership.group_ids),
        scopes=None if key is None else frozenset(key.scopes),
        api_key_id=None if key is None else key.pk,
        expires_at=None if key is None else key.expires_at,
    )
