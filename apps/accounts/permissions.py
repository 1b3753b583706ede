"""The one table of who may do what in a workspace, and which role has it. A page shows it as it stands here.

Actions on an object ("this document") are decided by predicates in the `rules.py` of the app that owns the object; they
start from these permissions, and `Reader.can` asks them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.accounts.models.role import RoleName


@dataclass(frozen=True, slots=True)
class Permission:
    """`least` is the lowest built-in role that has it; each role has what the roles below it have."""

    name: str
    label: str
    help: str
    least: RoleName


PERMISSIONS = (
    Permission("document.view", "Read documents", "Find, open and cite the documents that one may see.", RoleName.VIEWER),
    Permission("chat.ask", "Ask questions", "Ask, stop and repeat questions in one's own conversations.", RoleName.VIEWER),
    Permission("document.add", "Add documents", "Add documents to collections that one may write to, and manage one's own.", RoleName.MEMBER),
    Permission("model.call", "Call models", "Call language models directly, by the API that is compatible with OpenAI's.", RoleName.MEMBER),
    Permission("people.view", "See people", "See who is in the workspace and in which groups, to share with them.", RoleName.MEMBER),
    Permission("key.create", "Make API keys", "Make, rotate and revoke API keys of one's own.", RoleName.MEMBER),
    Permission("document.manage", "Manage documents", "Retry, move, share and delete any document that one may see.", RoleName.EDITOR),
    Permission("collection.manage", "Manage collections", "Make collections and say who may read, write and manage them.", RoleName.ADMIN),
    Permission("key.manage", "Manage API keys", "See and revoke the API keys of everybody in the workspace.", RoleName.ADMIN),
    Permission("people.manage", "Manage people", "Add and remove people, and change their roles and groups.", RoleName.ADMIN),
    Permission("workspace.manage", "Manage the workspace", "Change the workspace itself and who its owners are.", RoleName.OWNER),
)
NAMES = frozenset(permission.name for permission in PERMISSIONS)
# A custom role is made of these; being an owner cannot be put together.
CUSTOM_NAMES = frozenset(permission.name for permission in PERMISSIONS if permission.least != RoleName.OWNER)

_LADDER = (RoleName.VIEWER, RoleName.MEMBER, RoleName.EDITOR, RoleName.ADMIN, RoleName.OWNER)


def permissions_of(role: str, custom: Iterable[str] = ()) -> frozenset[str]:
    """Return what a membership may do: a built-in role by its place on the ladder, a custom one by its own list."""
    if role == RoleName.CUSTOM:
        return CUSTOM_NAMES & frozenset(custom)
    if role not in _LADDER:
        return frozenset()
    place = _LADDER.index(RoleName(role))
    return frozenset(permission.name for permission in PERMISSIONS if _LADDER.index(permission.least) <= place)


ROLES: dict[RoleName, frozenset[str]] = {role: permissions_of(role) for role in _LADDER}


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules of an app that the table above does not tell, such as who sees a document: each row a word and what it means."""

    title: str
    rows: tuple[tuple[str, str], ...]


_rules: dict[str, Rules] = {}


def register_rules(title: str, rows: Iterable[tuple[str, str]]) -> None:
    """Show these rules beneath the table; called by an app when it starts, for this floor does not know those above."""
    _rules[title] = Rules(title, tuple(rows))


def list_rules() -> list[Rules]:
    return list(_rules.values())
