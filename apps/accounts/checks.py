"""Refuse to start where a way in does not say who may come in: what nobody decided must not be open by accident.

Each error names the place and what to write there. `doors.py` tells how each kind of door declares.
"""

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.core.checks import CheckMessage, Error, register
from django.core.management import get_commands
from django.utils.module_loading import import_string

from apps.accounts.doors import FOREIGN, KINDS, PUBLIC, SYSTEM_COMMANDS, SYSTEM_TASKS
from apps.accounts.permissions import NAMES
from apps.accounts.routes import Route, list_routes
from apps.common.queue import celery_app

# What a process that answers people runs by itself; `manage.py check` and `migrate` run all.
DOORS = "doors"


@register(DOORS)
def check_routes(app_configs: object = None, **_kwargs: object) -> list[CheckMessage]:
    routes = list_routes()
    found = [error for route in routes for error in _of_route(route)]
    gone = FOREIGN.keys() - {route.name for route in routes}
    return found + [_error(105, f"doors.FOREIGN lists {name}, which no route has.", "Take the line out.") for name in sorted(gone)]


@register(DOORS)
def check_sockets(app_configs: object = None, **_kwargs: object) -> list[CheckMessage]:
    routes = import_string(settings.QUIRE_SOCKET_ROUTES)
    return [error for route in routes for error in _of_consumer(route.callback.consumer_class)]


@register(DOORS)
def check_administration(app_configs: object = None, **_kwargs: object) -> list[CheckMessage]:
    base = import_string(settings.QUIRE_OPERATOR_BASE)
    pages: dict[type, None] = {}
    # Django keeps the registry there; it has no other list of its pages.
    for model_admin in admin.site._registry.values():
        pages |= dict.fromkeys([type(model_admin), *model_admin.inlines])
    words = f"does not stand on {base.__qualname__}, so its rows go past the operator."
    return [_error(109, f"{_name(page)} {words}", f"Let it inherit {_name(base)}.") for page in pages if not issubclass(page, base)]


@register()
def check_tools(app_configs: object = None, **_kwargs: object) -> list[CheckMessage]:
    tools: Mapping[str, Any] = import_string(settings.QUIRE_AGENT_TOOLS)
    hint = 'Give its Tool(...) one of the names in permissions.PERMISSIONS, for instance "document.view".'
    wrong = {name: getattr(tool, "permission", "") for name, tool in tools.items() if getattr(tool, "permission", "") not in NAMES}
    return [_error(108, f"The agent's tool {name} needs {needs!r}, which is no permission.", hint) for name, needs in wrong.items()]


@register()
def check_system(app_configs: object = None, **_kwargs: object) -> list[CheckMessage]:
    """What runs for nobody is a list that somebody read."""
    for config in apps.get_app_configs():
        if find_spec(f"{config.name}.tasks"):
            import_module(f"{config.name}.tasks")
    tasks = {name for name in celery_app().tasks if not name.startswith("celery.")}
    commands = {name for name, app in get_commands().items() if app.startswith("apps.")}
    return [
        *_differences("task", "SYSTEM_TASKS", tasks, SYSTEM_TASKS),
        *_differences("command", "SYSTEM_COMMANDS", commands, SYSTEM_COMMANDS),
    ]


def _of_route(route: Route) -> Iterator[CheckMessage]:
    if not route.methods:
        yield _error(103, f"{route} does not say which methods it answers.", "Put @require_GET or @require_POST on the view.")
        return
    needs = route.permissions
    for method in route.methods:
        if method not in needs:
            yield _error(101, f"{method} {route} says nothing of who may call it.", _how_to_declare(route))
        elif needs[method] not in NAMES | KINDS:
            yield _unknown(f"{method} {route}", needs[method])
    for method in sorted(needs.keys() - set(route.methods)):
        yield _error(104, f"{route} declares {method} and does not answer it.", f"Take {method} out of `action` of {route.view_name}.")
    for method, too in getattr(route.api_view, "needs_too", {}).items():
        yield from (_unknown(f"{method} {route}", name) for name in too if name not in NAMES)
    yield from _of_guard(route, needs)


def _of_guard(route: Route, needs: Mapping[str, str]) -> Iterator[CheckMessage]:
    """A permission that nobody asks for is worth nothing."""
    if route.api_view is not None:
        # Not at the top: an app's own checks load before its views can be.
        from apps.accounts.api import WorkspaceAPIView

        if not issubclass(route.api_view, WorkspaceAPIView) and set(needs.values()) - KINDS:
            yield _error(106, f"{route} declares permissions that it does not ask for.", "Let the view inherit WorkspaceAPIView.")
    elif set(needs.values()) - KINDS and not getattr(route.view, "is_guarded", False):
        yield _error(106, f"{route} declares a permission that it does not ask for.", "Use @workspace_page(action) in place of @declare(action).")
    if getattr(route.view, "permission", "") == PUBLIC and not getattr(route.view, "why", ""):
        yield _error(107, f"{route} is open to everybody and does not say why.", "Write @declare(PUBLIC, why=...).")


def _of_consumer(consumer: Any) -> Iterator[CheckMessage]:
    permissions: Mapping[str, str] = getattr(consumer, "permissions", {})
    actions: Iterable[str] = getattr(consumer, "actions", ())
    if not actions:
        hint = "Set `actions` to all that a client may say, for instance events.CLIENT_ACTIONS."
        yield _error(101, f"The socket {_name(consumer)} does not say what it can be told.", hint)
    for action in sorted(set(actions) - permissions.keys()):
        hint = f"Add {action!r} to `permissions` of {_name(consumer)}."
        yield _error(101, f"The socket action {action} says nothing of who may send it.", hint)
    for action in sorted(permissions.keys() - set(actions)):
        yield _error(104, f"{_name(consumer)} declares {action}, which no client can say.", "Take the line out.")
    for action, needs in permissions.items():
        if needs not in NAMES | KINDS:
            yield _unknown(f"The socket action {action}", needs)


def _how_to_declare(route: Route) -> str:
    if route.api_view is not None:
        return f'Add it to `action` of {route.view_name}, for instance {{"GET": "document.view"}}.'
    if route.view_name.startswith("apps."):
        return f"Put @workspace_page(action) or @declare(...) on {route.view_name}."
    return f"Add {route.name!r} to FOREIGN in apps/accounts/doors.py, with the reason."


def _differences(kind: str, table: str, real: set[str], listed: Mapping[str, str]) -> list[CheckMessage]:
    hint = f"Add it to {table} in apps/accounts/doors.py, and say why it may run for nobody."
    missing = [_error(110, f"The {kind} {name} runs for nobody and nobody says why.", hint) for name in sorted(real - listed.keys())]
    return missing + [_error(105, f"doors.{table} lists {name}, which is no {kind}.", "Take the line out.") for name in sorted(listed.keys() - real)]


def _unknown(place: str, needs: str) -> CheckMessage:
    return _error(102, f"{place} needs {needs!r}, which is no permission.", "Use a name of permissions.PERMISSIONS, or PUBLIC, SIGNED_IN or OPERATOR.")


def _error(number: int, words: str, hint: str) -> CheckMessage:
    return Error(words, hint=hint, id=f"quire.E{number}")


def _name(thing: type) -> str:
    return f"{thing.__module__}.{thing.__qualname__}"
