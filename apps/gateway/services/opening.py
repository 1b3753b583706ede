"""From a principal and a model's public name to a call that can be sent through the pipeline."""

from typing import Any

from apps.gateway.calls import Call, Kind
from apps.gateway.catalogue import current
from apps.gateway.errors import AllTargetsDown, ModelNotFound
from apps.gateway.targets import CHAT, EMBEDDING, RERANK, RouteInfo
from apps.gateway.types import Principal

_ROUTES = {Kind.CHAT: CHAT, Kind.EMBEDDING: EMBEDDING, Kind.BULK_EMBEDDING: EMBEDDING, Kind.RERANK: RERANK}


# Any: what a call of its kind holds.
async def open_call(kind: Kind, principal: Principal, *, model: str | None = None, route: RouteInfo | None = None, **fields: Any) -> Call:
    """Raise ModelNotFound for a name that does not exist or is not for this principal: nobody learns which. `route`: it is known already."""
    catalogue = await current()
    route = route or catalogue.find_route(_ROUTES[kind], model, principal.workspace_id)
    if route is None:
        raise ModelNotFound("There is no such model here.")
    if not route.targets:
        raise AllTargetsDown(f"No model stands behind {route.name} at the moment. An operator puts one into production.", retry_after=None)
    return Call(kind, principal, catalogue, route, **fields)
