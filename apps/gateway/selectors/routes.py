"""Every route with the models that answer for it, for the page that shows what is in use."""

from dataclasses import dataclass

from django.db.models import Prefetch

from apps.gateway.models import Route, RouteTarget, Stage
from apps.gateway.targets import CHAT, EMBEDDING, Target, own_route


@dataclass(frozen=True, slots=True)
class TargetInUse:
    """`why_not` says why it is not asked; "" where it is."""

    model: str
    provider: str
    weight: int
    has_price: bool
    why_not: str


@dataclass(frozen=True, slots=True)
class RouteInUse:
    name: str
    kind: str
    is_default: bool
    is_enabled: bool
    is_restricted: bool
    targets: tuple[TargetInUse, ...]


def list_all_routes() -> list[RouteInUse]:
    targets = RouteTarget.objects.select_related("model__provider").order_by("-weight", "id")
    routes = Route.objects.prefetch_related(Prefetch("targets", targets)).order_by("kind", "name")
    return [
        RouteInUse(route.name, route.get_kind_display(), route.is_default, route.is_enabled, route.is_restricted, tuple(map(_target, route.targets.all())))
        for route in routes
    ]


def _target(target: RouteTarget) -> TargetInUse:
    model, provider = target.model, target.model.provider
    why_not = "" if model.stage == Stage.PRODUCTION else model.get_stage_display().lower()
    return TargetInUse(model.name, provider.name, target.weight, model.has_price, why_not if provider.is_enabled else "its provider is not in use")


def list_own_targets() -> dict[str, Target]:
    """By kind, what the settings name or what comes with Quire."""
    return {kind: route.targets[0] for kind in (CHAT, EMBEDDING) if (route := own_route(kind))}
