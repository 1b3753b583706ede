"""Every route and method of the URL conf, called as anybody about an object of any kind, on real rows."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponse

from apps.accounts.doors import FOREIGN
from apps.accounts.routes import Route, list_routes
from tests.rights.recipes import IDS, RECIPES, Call, Recipe, admin_recipes, autocomplete_recipes
from tests.rights.world import KINDS, World

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OTHER = "others"
NONE = "none"
DENIED = frozenset({"401", "403", "404", "405", "login", "4401", "4403", "not_found", "not_allowed"})
# What a call that is refused may leave behind, and why that is right.
EXEMPT_TABLES = {
    "accounts_auditentry": "a refusal is worth a line in the audit trail",
    "django_session": "a session may be renewed by being used; what it opens is no part of it",
}
EXEMPT_COLUMNS = {"accounts_apikey": ("last_used_at", "a key was used, even where it was refused")}
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


class NoRecipeError(Exception):
    """A route that nobody told how to call."""


@dataclass(frozen=True)
class Row:
    """One way to call one route by one method. `method` is OTHER for all that it does not declare."""

    route: Route
    method: str
    recipe: Recipe

    @property
    def name(self) -> str:
        shown = self.route.name if self.route.name not in {"", "admin:"} else f"/{self.route.pattern}"
        return f"{shown} {self.recipe.variant}".strip()

    @property
    def varies(self) -> str:
        return self.recipe.varies or self._address_varies

    @property
    def _address_varies(self) -> str:
        if self.recipe.path:
            return ""
        names = [self.model_of(part) for part in _PARAMETER.findall(self.route.pattern) if part != "slug"]
        return names[-1] if names else ""

    @property
    def kinds(self) -> tuple[str, ...]:
        if not self.varies:
            return (NONE,)
        return ("own",) if self.method == OTHER else KINDS

    def model_of(self, part: str) -> str:
        if self.route.model_admin is not None:
            return str(self.route.model_admin.model._meta.model_name)
        if self.route.name == "admin:auth_user_password_change":
            return "user"
        if self.recipe.names:
            return self.recipe.names
        if part not in IDS:
            raise NoRecipeError(f"{self.route}: say in recipes.IDS which model {part} names")
        return IDS[part]

    def address(self, call: Call) -> str:
        if self.recipe.path:
            return f"/{self.recipe.path}"

        def value(match: re.Match[str]) -> str:
            if match[1] == "slug":
                return call.world.slug(call.kind, call.principal)
            return call.own(self.model_of(match[1])) if self.recipe.varies else call.id(self.model_of(match[1]))

        query = f"?{self.recipe.query(call)}" if self.recipe.query else ""
        return "/" + _PARAMETER.sub(value, self.route.pattern) + query


def list_rows() -> tuple[list[Row], list[str]]:
    """Every route with its methods, and in words what somebody has to say first: routes that nobody told how to call."""
    routes = list_routes()
    names = {route.name for route in routes}
    missing = [f"recipes.RECIPES has {method} {name}, and no route has that name" for name, method in RECIPES if name not in names]
    rows: list[Row] = []
    for route in routes:
        try:
            found = list(_rows_of(route))
            # Asked once here, so that an id which nobody named is told with its route.
            rows += [row for row in found if row.kinds]
        except NoRecipeError as error:
            missing.append(str(error))
    return rows, missing


def _rows_of(route: Route) -> Iterator[Row]:
    for method in route.methods:
        yield from (Row(route, method, recipe) for recipe in _recipes(route, method))
    yield Row(route, OTHER, Recipe(path=_recipes(route, route.methods[0])[0].path))


def _recipes(route: Route, method: str) -> list[Recipe]:
    if route.name == "admin:autocomplete":
        return autocomplete_recipes()
    # The pages that have no name of their own share one: Django's pages of each model among them.
    known = RECIPES.get((route.name, method))
    if route.model_admin is not None and (known is None or route.name == "admin:"):
        return admin_recipes(route, method)
    if known is not None:
        return known
    is_regex = "(?P<" in route.pattern
    if method == "GET" and not is_regex:
        return [Recipe()]
    if is_regex and (beside := RECIPES.get((route.name, "GET"))):
        return beside
    raise NoRecipeError(f"{method} {route}: say in recipes.RECIPES how to call it")


def area_of(row: Row) -> str:
    """Rows that one test takes together, in one world."""
    if row.route.model_admin is not None:
        return f"admin:{row.route.model_admin.model._meta.model_name}"
    if row.route.name in FOREIGN:
        return "admin" if row.route.name.startswith("admin:") else "allauth"
    return row.route.name.partition(":")[0].partition("-")[0]


def call_row(world: World, row: Row, kind: str, principal: str) -> tuple[str, bytes]:
    """Call, tell the status and the body, and leave the database as it was; a refusal that changed something says so."""
    call = Call(world, principal, kind)
    with transaction.atomic():
        if row.recipe.prepare:
            row.recipe.prepare(call)
        before = checksums()
        statuses: dict[str, None] = {}
        for method in _methods(row):
            cache.clear()
            response = _send(world, row, method, call)
            statuses[_status(response)] = None
            body = response.getvalue() if response.status_code == 404 else b""
        status = "/".join(sorted(statuses))
        if DENIED.issuperset(statuses) and (changed := differences(before, checksums())):
            status += f" but changed {', '.join(changed)}"
        transaction.set_rollback(True)
    return status, body


def _methods(row: Row) -> tuple[str, ...]:
    return tuple(method for method in METHODS if method not in row.route.methods) if row.method == OTHER else (row.method,)


def _send(world: World, row: Row, method: str, call: Call) -> HttpResponse:
    client = world.client(call.principal, row.route.permissions.get(method, ""))
    body = {} if row.method == OTHER else row.recipe.body(call)
    send = getattr(client, method.lower())
    options = {"headers": row.recipe.headers}
    if method == "GET":
        return send(row.address(call), **options)
    if row.recipe.is_json:
        return send(row.address(call), json.dumps(body), content_type="application/json", **options)
    return send(row.address(call), body, **options) if method == "POST" else send(row.address(call), **options)


def _status(response: HttpResponse) -> str:
    if response.status_code == 302 and response.headers["Location"].startswith(("/accounts/login/", "/admin/login/")):
        return "login"
    return str(response.status_code)


def checksums() -> dict[str, tuple[int, object]]:
    """Of each table how many rows and a sum over them, but for what EXEMPT_* names."""
    tables = [name for name in connection.introspection.table_names() if name not in EXEMPT_TABLES]
    asked = " UNION ALL ".join(f"SELECT '{name}', count(*), sum(hashtextextended({_text(name)}, 0)) FROM {name} t" for name in tables)
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return {name: (count, total) for name, count, total in cursor.fetchall()}


def _text(table: str) -> str:
    column, _ = EXEMPT_COLUMNS.get(table, ("", ""))
    return f"(to_jsonb(t) - '{column}')::text" if column else "t::text"


def differences(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    return [name for name in before if before[name] != after[name]]
