"""The one table of who may do what in a workspace."""

from apps.accounts.models import Role

VIEWER = frozenset({"document.view", "chat.ask"})
MEMBER = VIEWER | {"document.add"}
EDITOR = MEMBER | {"document.manage"}
ADMIN = EDITOR | {"people.manage"}
OWNER = ADMIN | {"workspace.manage"}

ACTIONS_OF_ROLE: dict[str, frozenset[str]] = {
    Role.VIEWER: VIEWER,
    Role.MEMBER: MEMBER,
    Role.EDITOR: EDITOR,
    Role.ADMIN: ADMIN,
    Role.OWNER: OWNER,
}
