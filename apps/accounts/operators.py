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
# Each role has what its work cannot be done without; the reason stands above the area.
AREAS = (
    # Who changes people can make anybody anything: administrators alone. Operations looks up who is switched off or where.
    Area(
        "people",
        "People",
        "Users, workspaces, memberships, groups, custom roles",
        frozenset({"accounts.user", "accounts.workspace", "accounts.membership", "accounts.group", "accounts.groupmember", "accounts.role"}),
        {"administrator": _CHANGE, "operations": _VIEW},
    ),
    # A key that leaked is revoked by whoever is on duty; the key itself is shown to nobody.
    Area("keys", "API keys", "Who has which key, and revoking it", frozenset({"accounts.apikey"}), {"administrator": _CHANGE, "operations": _CHANGE}),
    # Which documents there are and what became of them is what answers are judged by; errors of reading them are "jobs".
    Area(
        "documents",
        "Documents",
        "Titles and states of documents that are not restricted, and their collections; never their text",
        frozenset({"documents.collection", "documents.document"}),
        {"administrator": _CHANGE, "ai_engineer": _VIEW},
    ),
    # To whom something is open is about people, and nothing that answers are judged by.
    Area(
        "sharing",
        "Sharing",
        "To whom collections and documents are opened",
        frozenset({"documents.collectiongrant", "documents.documentgrant"}),
        {"administrator": _CHANGE},
    ),
    # Errors of ingestion are everybody's work but the deployer's, who is done when the processes run. Whoever is on duty has
    # documents read again once what was wrong is put right, and stops what holds up the others: neither shows what is in them.
    Area(
        "jobs",
        "Ingestion",
        "Jobs that read documents, their states and errors; having documents read again, and stopping it",
        frozenset({"documents.ingestjob"}),
        {"administrator": _CHANGE, "developer": _VIEW, "operations": _CHANGE, "ai_engineer": _VIEW},
    ),
    # As for jobs; who asked is shown only to roles that see people.
    Area(
        "runs",
        "Runs and usage",
        "States, times, models and errors of answers and of calls of models, and what they cost; never their text",
        frozenset({"chat.run", "gateway.querylog", "gateway.usagerecord"}),
        {"administrator": _VIEW, "developer": _VIEW, "operations": _VIEW, "ai_engineer": _VIEW},
    ),
    # Choosing models is the AI engineer's work; everybody else has to know which one answers.
    Area(
        "models",
        "Models",
        "Providers, models, routes and guards; keys of providers are shown to nobody",
        frozenset({"gateway.provider", "gateway.model", "gateway.route", "gateway.routetarget", "gateway.guardpolicy"}),
        {"administrator": _CHANGE, "developer": _VIEW, "deployer": _VIEW, "operations": _VIEW, "ai_engineer": _CHANGE},
    ),
    # How much may be spent is for those to say who answer for the money. Whoever is on duty is asked why calls are refused, and looks it
    # up. A budget names whom it is for, so nobody else sees it: what models cost stands in the usage, which all who choose models see.
    Area(
        "budgets", "Budgets", "How much may be spent, by whom, and what is left", frozenset({"gateway.budget"}), {"administrator": _CHANGE, "operations": _VIEW}
    ),
    # Settings come from the environment, so nobody changes them here; an AI engineer needs none but the models'.
    Area(
        "settings",
        "Settings",
        "The settings in force, without secrets",
        frozenset(),
        {"administrator": _VIEW, "developer": _VIEW, "deployer": _VIEW, "operations": _VIEW},
    ),
    # It names people and what they did: for those who answer for people, and for those who look into an incident.
    Area("logs", "Audit", "The audit trail and its export", frozenset({"accounts.auditentry"}), {"administrator": _VIEW, "operations": _VIEW}),
)
_AREA_OF = {model: area for area in AREAS for model in area.models}


def level_of(role: str, model: str) -> Level:
    """Return what `role` may do with `app.model` (lower case); NONE for a model of no area."""
    area = _AREA_OF.get(model)
    return area.levels.get(role, Level.NONE) if area else Level.NONE


def level_in(role: str, name: str) -> Level:
    """Return what `role` may do in the area of this name, for areas that are pages and not models."""
    return next((area.levels.get(role, Level.NONE) for area in AREAS if area.name == name), Level.NONE)


def allows(role: str, permission: str) -> bool:
    """Whether `role` has Django's permission `app.action_model`; every action but `view` is a change."""
    app, _, rest = permission.partition(".")
    action, _, model = rest.partition("_")
    return level_of(role, f"{app}.{model}") >= (Level.VIEW if action == "view" else Level.CHANGE)


def opens(role: str, app: str) -> bool:
    """Whether there is anything of `app` for `role` to see."""
    return any(model.startswith(f"{app}.") and area.levels.get(role, Level.NONE) for area in AREAS for model in area.models)
