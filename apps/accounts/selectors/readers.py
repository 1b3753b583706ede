"""From a person and the name of a workspace to a Reader. Absent and foreign workspaces look the same."""

from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from apps.accounts.models import Membership, User, Workspace
from apps.accounts.types import Reader
from apps.common.errors import Malformed, NotFound, NotSignedIn


def get_reader(user: User | AnonymousUser, slug: str) -> Reader:
    """Raise NotSignedIn without a person, NotFound where they have no membership."""
    return _reader(user, workspace__slug=slug)


def get_reader_by_id(user_id: UUID | str, workspace_id: UUID | str) -> Reader:
    """For work that goes on without a request: the rights are read anew, so a change of them acts at once."""
    membership = _memberships().filter(user_id=user_id, workspace_id=workspace_id).first()
    return _from_membership(membership)


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


def list_workspaces(user: User | AnonymousUser) -> list[Workspace]:
    return list(Workspace.objects.of(user).order_by("name")) if isinstance(user, User) else []


def _reader(user: User | AnonymousUser, **where: Any) -> Reader:
    if not isinstance(user, User):
        raise NotSignedIn
    return _from_membership(_memberships().filter(user=user, **where).first())


def _memberships() -> Any:
    return Membership.objects.filter(user__is_active=True).select_related("user", "workspace")


def _from_membership(membership: Membership | None) -> Reader:
    if membership is None:
        raise NotFound
    user, workspace = membership.user, membership.workspace
    return Reader(user=user, workspace=workspace, role=membership.role, epoch=user.epoch + workspace.epoch)
