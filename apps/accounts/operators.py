"""The one table of what an operator may see and change in the administration: by role and by area, with the least each needs.

An operator's role says nothing about any workspace. Content stays with its readers: no role lists passages, questions or
answers, and a restricted document is listed only for an operator whom it names.
"""

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    NONE = 0
    VIEW = 1
    CHANGE = 2


@dataclass(frozen=True, slots=True)
class Area:
    """Some models that are looked after together; `levels` by operator role, a role that is missing sees nothing."""

    name: str
    label: str
    help: str
    models: frozenset[str]
    levels: dict[str, Level]


_VIEW, _CHANGE = Level.VIEW, Level.CHANGE
AREAS = (
    Area(
        "people",
        "People",
        "Users, workspaces, memberships, groups, custom roles",
        frozenset({"accounts.user", "accounts.workspace", "accounts.membership", "accounts.group", "accounts.groupmember", "accounts.role"}),
        {"administrator": _CHANGE, "operations": _VIEW},
    ),
    Area("keys", "API keys", "Who has which key, and revoking it", frozenset({"accounts.apikey"}), {"administrator": _CHANGE, "operations": _CHANGE}),
    Area(
        "documents",
        "Documents",
        "Titles, states and grants of documents that are not restricted; never their text",
        frozenset({"documents.collection", "documents.collectiongrant", "documents.document", "documents.documentgrant"}),
        {"administrator": _CHANGE, "ai_engineer": _VIEW},
    ),
    Area(
        "jobs",
        "Ingestion",
        "Jobs that read documents, their states and errors",
        frozenset({"documents.ingestjob"}),
        {"administrator": _VIEW, "developer": _VIEW, "operations": _VIEW, "ai_engineer": _VIEW},
    ),
    Area(
        "runs",
        "Runs and usage",
        "States, times, models and errors of answers; never their text",
        frozenset({"chat.run"}),
        {"administrator": _VIEW, "developer": _VIEW, "operations": _VIEW, "ai_engineer": _VIEW},
    ),
    Area(
        "models",
        "Models",
        "Providers, models and routes",
        frozenset(),
        {"administrator": _CHANGE, "developer": _VIEW, "deployer": _VIEW, "operations": _VIEW, "ai_engineer": _CHANGE},
    ),
    Area(
        "settings",
        "Settings",
        "The settings in force, without secrets",
        frozenset(),
        {"administrator": _VIEW, "developer": _VIEW, "deployer": _VIEW, "operations": _VIEW},
    ),
    Area("logs", "Audit", "The audit trail and its export", frozenset({"accounts.auditentry"}), {"administrator": _VIEW, "operations": _VIEW}),
)
_AREA_OF = {model: area for area in AREAS for model in area.models}


def level_of(role: str, model: str) -> Level:
    """Return what `role` may do with `app.model` (lower case); NONE for a model of no area."""
    area = _AREA_OF.get(model)
    return area.levels.get(role, Level.NONE) if area else Level.NONE


def allows(role: str, permission: str) -> bool:
    """Whether `role` has Django's permission `app.action_model`; every action but `view` is a change."""
    app, _, rest = permission.partition(".")
    action, _, model = rest.partition("_")
    return level_of(role, f"{app}.{model}") >= (Level.VIEW if action == "view" else Level.CHANGE)


def opens(role: str, app: str) -> bool:
    """Whether there is anything of `app` for `role` to see."""
    return any(model.startswith(f"{app}.") and area.levels.get(role, Level.NONE) for area in AREAS for model in area.models)
