"""Every address of the URL conf with what it declares: read by the check at start, and by the matrix of the tests."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from apps.accounts.doors import FOREIGN, OPERATOR

_FORM = ("GET", "POST")
# What each page of a model's administration answers by; Django's own code takes any other method for one of these.
_ADMIN_METHODS = {"changelist": _FORM, "add": _FORM, "change": _FORM, "delete": _FORM}


@dataclass(frozen=True, slots=True)
class Route:
    """One pattern. `name` is with its namespaces; `methods` and what each needs are empty where nothing is declared."""

    pattern: str
    name: str
    # Any: whatever can answer a request.
    view: Any

    def __str__(self) -> str:
        return f"/{self.pattern} ({self.name or self.view_name})"

    @property
    def view_name(self) -> str:
        view = getattr(self.view, "cls", None) or getattr(self.view, "view_class", None) or self.view
        return f"{view.__module__}.{getattr(view, '__qualname__', type(view).__name__)}"

    @property
    def api_view(self) -> type | None:
        return getattr(self.view, "cls", None)

    @property
    def model_admin(self) -> Any:
        return getattr(self.view, "model_admin", None)

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that it answers, HEAD and OPTIONS left out: they say no more than the others."""
        if self.api_view is not None:
            view = self.api_view
            return tuple(name.upper() for name in _http_names(view) if hasattr(view, name))
        if self.model_admin is not None:
            return _ADMIN_METHODS.get(self.name.rpartition("_")[2], ("GET",))
        if self.name in FOREIGN:
            return FOREIGN[self.name].methods
        return tuple(method for method in _required_methods(self.view) if method != "HEAD")

    @property
    def permissions(self) -> dict[str, str]:
        """What each method needs; a method that is missing declares nothing."""
        if self.api_view is not None:
            own: dict[str, str] = getattr(self.api_view, "action", {})
            return own
        if self.model_admin is not None:
            return dict.fromkeys(self.methods, OPERATOR)
        if self.name in FOREIGN:
            return dict.fromkeys(self.methods, FOREIGN[self.name].permission)
        declared = getattr(self.view, "permission", "")
        return dict.fromkeys(self.methods, declared) if declared else {}


def list_routes(urlconf: str | None = None) -> list[Route]:
    """Return every pattern of `urlconf` (the settings' own without one), whoever wrote it."""
    return list(_walk(get_resolver(urlconf), "", ()))


def _walk(resolver: URLResolver, prefix: str, namespaces: tuple[str, ...]) -> Iterator[Route]:
    for pattern in resolver.url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, path, (*namespaces, pattern.namespace) if pattern.namespace else namespaces)
        elif isinstance(pattern, URLPattern):
            yield Route(path, ":".join([*namespaces, pattern.name or ""]), pattern.callback)


def _http_names(view: Any) -> list[str]:
    return [name for name in view.http_method_names if name not in {"head", "options"}]


def _required_methods(view: Callable[..., Any] | None) -> tuple[str, ...]:
    """What `require_GET` and its kin let through: they keep their list where only they can change it."""
    while view is not None:
        code, cells = getattr(view, "__code__", None), getattr(view, "__closure__", None)
        if code is not None and cells is not None and "request_method_list" in code.co_freevars:
            return tuple(cells[code.co_freevars.index("request_method_list")].cell_contents)
        view = getattr(view, "__wrapped__", None)
    return ()
