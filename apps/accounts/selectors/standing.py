"""What still stands of many people at once: epochs and sessions, in a fixed number of queries however many are asked about."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db.models import F, QuerySet
from django.utils import timezone

from apps.accounts.models import Membership, User, Workspace
from apps.accounts.types import Reader


@dataclass(frozen=True, slots=True)
class Standing:
    """Epochs of the people who are active and of workspaces, and the sessions that go on; what is missing is no more."""

    users: Mapping[UUID, int]
    workspaces: Mapping[UUID, int]
    sessions: frozenset[str]


def get_standing(users: Collection[UUID], workspaces: Collection[UUID], sessions: Collection[str]) -> Standing:
    """Read what stands of all of them: three queries, fewer where there is nothing to ask."""
    return Standing(
        users=dict(User.objects.filter(pk__in=users, is_active=True).values_list("pk", "epoch")) if users else {},
        workspaces=dict(Workspace.objects.filter(pk__in=workspaces).values_list("pk", "epoch")) if workspaces else {},
        sessions=frozenset(_going_on().filter(pk__in=sessions).values_list("pk", flat=True)) if sessions else frozenset(),
    )


def find_unmoved(readers: Collection[Reader], sessions: Collection[str]) -> tuple[frozenset[tuple[int, int]], frozenset[str]]:
    """Whose rights are those they were read with, by membership and epoch; and which sessions go on. Two queries, however many are asked about."""
    ids = {reader.membership_id for reader in readers}
    rows = Membership.objects.filter(pk__in=ids, user__is_active=True).values_list("pk", F("user__epoch") + F("workspace__epoch"))
    epochs = dict(rows) if ids else {}
    unmoved = frozenset((reader.membership_id, reader.epoch) for reader in readers if epochs.get(reader.membership_id) == reader.epoch)
    return unmoved, frozenset(_going_on().filter(pk__in=sessions).values_list("pk", flat=True)) if sessions else frozenset()


def has_session(session_key: str) -> bool:
    """Whether this session goes on. Whose it is, and whether the password is still the one it began with, says `get_session_user`."""
    return _going_on().filter(pk=session_key).exists()


def _going_on() -> QuerySet[Session]:
    return Session.objects.filter(expire_date__gt=timezone.now())
