"""What is behind the door, as one frozen picture in memory: providers, models, routes, guards and budgets.

Nobody asks the database about a model while a call waits. A process looks at one small row at most every half second while it is
used, and reads everything anew where that row moved; so a change reaches every process within a second. What the settings name
(`QUIRE_LLM_*`) stands beside the rows and needs none of them.
"""

import asyncio
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Lock

from apps.common.db import run_db
from apps.common.single_flight import SingleFlight
from apps.gateway.targets import RouteInfo, own_route
from apps.gateway.types import Principal

LOOK_SECONDS = 0.5
# The pictures are taken by one thread, so that an event loop that has none yet can wait for its first.
_ASIDE = ThreadPoolExecutor(max_workers=1, thread_name_prefix="catalogue")


@dataclass(frozen=True, slots=True)
class BudgetInfo:
    """`subject` is "workspace", "group", "user" or "api_key", `subject_id` which."""

    id: int
    subject: str
    subject_id: str
    period: str
    money: Decimal | None
    tokens: int | None


@dataclass(frozen=True, slots=True)
class GuardRules:
    """A policy as the guards read it; `models.GuardPolicy` says what each means. `version` changes with each change of it."""

    version: str = "default"
    personal_data: str = "flag"
    secrets: str = "mask"
    is_unmasked: bool = True
    prohibited: str = "block"
    prohibited_words: tuple[str, ...] = ()
    injection: str = "flag"
    injection_threshold: int = 60
    link_hosts: frozenset[str] = frozenset()


DEFAULT_RULES = GuardRules()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The picture. `rules` by workspace, None: for all that have none of their own."""

    version: int
    routes: Mapping[str, RouteInfo] = field(default_factory=dict)
    budgets: tuple[BudgetInfo, ...] = ()
    rules: Mapping[str | None, GuardRules] = field(default_factory=dict)

    def find_route(self, kind: str, name: str | None, workspace_id: str | None) -> RouteInfo | None:
        """The route of this name, or the default of its kind; None where there is none that this workspace may use."""
        if name is None:
            named = next((route for route in self.routes.values() if route.kind == kind and route.is_default and route.targets), None)
            return named if named and named.is_open_to(workspace_id) else own_route(kind)
        route = self.routes.get(name)
        if route is not None and route.kind == kind and route.is_open_to(workspace_id):
            return route
        own = own_route(kind)
        return own if route is None and own and own.name == name else None

    def list_routes(self, kind: str, workspace_id: str | None) -> list[RouteInfo]:
        """Those that this workspace may use, the settings' own among them, by name."""
        found = {route.name: route for route in self.routes.values() if route.kind == kind and route.is_open_to(workspace_id)}
        own = own_route(kind)
        if own and own.name not in self.routes:
            found[own.name] = own
        return [found[name] for name in sorted(found)]

    def rules_of(self, workspace_id: str | None) -> GuardRules:
        return self.rules.get(workspace_id) or self.rules.get(None) or DEFAULT_RULES

    def budgets_of(self, who: Principal) -> tuple[BudgetInfo, ...]:
        """Those that count for this principal's calls, in the order of their ids."""
        own = {"user": {who.user_id}, "workspace": {who.workspace_id}, "api_key": {who.api_key_id}, "group": who.groups}
        return tuple(budget for budget in self.budgets if budget.subject_id in own[budget.subject])


_EMPTY = Catalogue(-1)
_picture, _looked_at = _EMPTY, float("-inf")
_lock = Lock()
_looks: SingleFlight[Catalogue] = SingleFlight()


async def current() -> Catalogue:
    """The picture, at most half a second old."""
    if time.monotonic() - _looked_at < LOOK_SECONDS:
        return _picture
    return await _looks.fly(None, lambda: run_db(_look))


def current_sync() -> Catalogue:
    """The same for code that has no event loop; within one, the last picture that its process took, or the first."""
    if time.monotonic() - _looked_at < LOOK_SECONDS:
        return _picture
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _look()
    return _picture if _picture is not _EMPTY else _ASIDE.submit(_look_aside).result()


def forget() -> None:
    """Look again at the next call: for tests, and for whoever just changed something and shows it."""
    global _looked_at
    _looked_at = float("-inf")


def _look() -> Catalogue:
    # Here, because it makes pictures of this module's kinds.
    from apps.gateway.selectors.catalogue import read_catalogue, read_version

    global _picture, _looked_at
    with _lock:
        if time.monotonic() - _looked_at < LOOK_SECONDS:
            return _picture
        looked_at = time.monotonic()
        if read_version() != _picture.version:
            _picture = read_catalogue()
        _looked_at = looked_at
        return _picture


def _look_aside() -> Catalogue:
    from django.db import connection

    try:
        return _look()
    finally:
        connection.close()
