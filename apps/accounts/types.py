"""Who is reading: the only things that `visible_to` and `visible_to_operator` accept."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import rules
from django.db.models import Model

from apps.accounts.models import User, Workspace
from apps.accounts.operators import Level, level_of
from apps.common.errors import NotAllowed


@dataclass(frozen=True)
class Reader:
    """A person in one workspace, with what they may do there. Made by `selectors.readers` and nowhere else.

    `permissions` are the role's; with a key, those of them that its scopes leave. `epoch` is the sum of the person's and
    the workspace's counts of changes of rights when this was read: `selectors.readers.renew` compares it.
    """

    user: User
    workspace: Workspace
    membership_id: int
    role: str
    permissions: frozenset[str]
    epoch: int
    groups: frozenset[UUID] = field(default_factory=frozenset)
    # None: a session, which may all that the person may.
    scopes: frozenset[str] | None = None
    api_key_id: UUID | None = None
    expires_at: datetime | None = None

    def can(self, action: str, target: object = None) -> bool:
        """Whether the reader may do `action`: in general, or with `target` by the predicate that its app registered."""
        if target is None:
            return action in self.permissions
        return bool(rules.test_rule(action, self, target))

    def require(self, action: str, target: object = None) -> None:
        """Raise NotAllowed, naming the action, where it is not this reader's."""
        if not self.can(action, target):
            raise NotAllowed(action)

    def require_all(self, *actions: str) -> None:
        """Raise one NotAllowed that names each of the actions that are not this reader's."""
        if missing := [action for action in actions if not self.can(action)]:
            raise NotAllowed(", ".join(missing))

    def has_same_rights(self, other: "Reader") -> bool:
        """Whether two readings of one person allow the same; what is open to them may differ all the same."""
        return (self.role, self.permissions, self.groups) == (other.role, other.permissions, other.groups)


@dataclass(frozen=True)
class Operator:
    """Somebody who looks after the installation. Made by `selectors.operators` and nowhere else."""

    user: User
    role: str

    def can_view(self, model: type[Model]) -> bool:
        return level_of(self.role, model._meta.label_lower) >= Level.VIEW

    def can_change(self, model: type[Model]) -> bool:
        return level_of(self.role, model._meta.label_lower) >= Level.CHANGE
