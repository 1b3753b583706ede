"""Routes and the models that answer for them, as operators change them."""

from collections.abc import Iterable

from apps.accounts.models import Workspace
from apps.accounts.services.actors import find, record_by
from apps.accounts.types import Operator
from apps.common.errors import Conflict, Invalid
from apps.gateway.models import Model, ModelKind, Route, RouteTarget
from apps.gateway.services import changing


def save_route(operator: Operator, route: Route, *, workspaces: Iterable[Workspace] | None = None) -> Route:
    """Save a route as it stands, with the workspaces that may use it (None: as they are). A new default takes the place of the old."""
    with changing.changing(operator, Route) as now:
        if route.is_default and not route.is_enabled:
            raise Invalid("A route that is not in use cannot be the default.")
        if route.is_default and route.kind == ModelKind.EMBEDDING:
            raise Invalid("Embedding has no default route: the library's vectors are the settings' model's, and another's mean nothing beside them.")
        for target in RouteTarget.objects.filter(route=route.pk).select_related("model"):
            require_fit(route, target.model)
        if route.is_default:
            _take_default(now, route)
        saved = changing.save(now, route, told=("name", "kind", "is_default", "is_enabled", "is_restricted"))
        if workspaces is not None:
            saved.workspaces.set(workspaces)
        return saved


def _take_default(operator: Operator, route: Route) -> None:
    for other in Route.objects.filter(kind=route.kind, is_default=True).exclude(pk=route.pk):
        other.is_default = False
        other.save(update_fields=["is_default"])
        record_by(operator, "route.changed", other, is_default=[True, False])


def delete_route(operator: Operator, *, route_id: object) -> None:
    """Its name is unknown from then on; its models stay."""
    with changing.changing(operator, Route) as now:
        changing.delete(now, find(now, Route.objects.all(), route_id))


def save_target(operator: Operator, target: RouteTarget) -> RouteTarget:
    with changing.changing(operator, RouteTarget) as now:
        route: Route = find(now, Route.objects.all(), target.route_id)
        model: Model = find(now, Model.objects.all(), target.model_id)
        if RouteTarget.objects.filter(route=route, model=model).exclude(pk=target.pk).exists():
            raise Conflict(f"{model} stands in this route already.")
        require_fit(route, model, leaving=target.pk)
        return changing.save(now, target, told=("route_id", "model_id", "weight"))


def delete_target(operator: Operator, *, target_id: int) -> None:
    with changing.changing(operator, RouteTarget) as now:
        changing.delete(now, find(now, RouteTarget.objects.all(), target_id))


def require_fit(route: Route, model: Model, *, leaving: int | None = None) -> None:
    """Raise Invalid where the model cannot answer for the route beside those that do. `leaving` is a target that it takes the place of."""
    if model.kind != route.kind:
        raise Invalid(f"{model.name} is for {_kind(model.kind)}, and the route {route.name} for {_kind(route.kind)}.")
    if route.kind != ModelKind.EMBEDDING:
        return
    # Vectors of two models say nothing about each other: what one stored another would not find.
    others = [target.model for target in RouteTarget.objects.filter(route=route).select_related("model") if target.pk != leaving]
    if any((other.name, other.dimension) != (model.name, model.dimension) for other in others if other.pk != model.pk):
        raise Invalid(f"All models of {route.name} have to be the same one with the same dimension: vectors of different models cannot be compared.")


def _kind(kind: str) -> str:
    return str(ModelKind(kind).label).lower()
