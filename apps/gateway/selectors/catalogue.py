"""The rows of the catalogue as one picture: a handful of queries, however many rows there are."""

import logging

from django.db.models import Prefetch

from apps.common.crypto import CannotOpen
from apps.gateway.catalogue import BudgetInfo, Catalogue, GuardRules
from apps.gateway.models import Budget, CatalogueVersion, GuardPolicy, Model, Provider, Route, RouteTarget, Stage
from apps.gateway.targets import NOTHING, Price, RouteInfo, Target

logger = logging.getLogger(__name__)


def read_version() -> int:
    """0 where nothing was ever put in."""
    return CatalogueVersion.objects.values_list("number", flat=True).first() or 0


def read_catalogue() -> Catalogue:
    # The version first: a change in between is then seen as one.
    version = read_version()
    return Catalogue(version, _routes(), tuple(map(_budget, Budget.objects.filter(is_enabled=True).order_by("id"))), _rules())


def _routes() -> dict[str, RouteInfo]:
    in_use = RouteTarget.objects.filter(model__stage=Stage.PRODUCTION, model__provider__is_enabled=True)
    targets = in_use.select_related("model__provider").order_by("-weight", "id")
    routes = Route.objects.filter(is_enabled=True).prefetch_related(Prefetch("targets", targets), "workspaces")
    return {route.name: _route(route) for route in routes}


def _route(route: Route) -> RouteInfo:
    targets = tuple(make_target(target.model, target.weight) for target in route.targets.all())
    workspaces = frozenset(str(workspace.pk) for workspace in route.workspaces.all()) if route.is_restricted else None
    return RouteInfo(route.name, route.kind, targets, workspaces, route.is_default)


def make_target(model: Model, weight: int = 1) -> Target:
    provider = model.provider
    return Target(
        provider=provider.name,
        model=model.name,
        kind=provider.kind,
        base_url=provider.base_url,
        api_key=_key_of(provider),
        window=model.window,
        dimension=model.dimension,
        price=Price(model.price_in or NOTHING, model.price_out or NOTHING) if model.has_price else None,
        capabilities=frozenset(model.capabilities),
        first_token_seconds=float(provider.first_token_seconds),
        silence_seconds=float(provider.silence_seconds),
        weight=weight,
    )


def _key_of(provider: Provider) -> str:
    try:
        return str(provider.api_key)
    except CannotOpen:
        # Its calls are refused by the provider, and those of all others go on.
        logger.exception("gateway.key_not_opened", extra={"provider": provider.name})
        return ""


def _budget(budget: Budget) -> BudgetInfo:
    return BudgetInfo(budget.pk, budget.subject, str(getattr(budget, f"{budget.subject}_id")), budget.period, budget.money, budget.tokens)


def _rules() -> dict[str | None, GuardRules]:
    return {str(policy.workspace_id) if policy.workspace_id else None: _rules_of(policy) for policy in GuardPolicy.objects.all()}


def _rules_of(policy: GuardPolicy) -> GuardRules:
    return GuardRules(
        version=f"{policy.pk}.{policy.version}",
        personal_data=policy.personal_data,
        secrets=policy.secrets,
        is_unmasked=policy.is_unmasked,
        prohibited=policy.prohibited,
        prohibited_words=tuple(policy.prohibited_words),
        injection=policy.injection,
        injection_threshold=policy.injection_threshold,
        link_hosts=frozenset(host.lower() for host in policy.link_hosts),
    )
