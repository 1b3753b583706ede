"""Who is reading: the only thing that `visible_to` accepts."""

from dataclasses import dataclass, field
from uuid import UUID

from apps.accounts.models import User, Workspace
from apps.accounts.permissions import ACTIONS_OF_ROLE
from apps.common.errors import NotAllowed


@dataclass(frozen=True)
class Reader:
    """A person in one workspace, with what they may do there. Made by `selectors.readers` and nowhere else.

    `epoch` is the sum of the person's and the workspace's count of changes of rights at the time it was read.
    """

    user: User
    workspace: Workspace
    role: str
    epoch: int
    groups: frozenset[UUID] = field(default_factory=frozenset)
    scopes: frozenset[str] = field(default_factory=frozenset)

    def can(self, action: str) -> bool:
        return action in ACTIONS_OF_ROLE.get(self.role, frozenset())

    def require(self, action: str) -> None:
        """Raise NotAllowed, naming the action, where it is not this reader's."""
        if not self.can(action):
            raise NotAllowed(action)
