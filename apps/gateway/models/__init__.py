from apps.gateway.models.budget import SUBJECTS, Budget, BudgetWindow, Period, Reservation, ReservationState
from apps.gateway.models.cached_answer import CachedAnswer
from apps.gateway.models.guard_policy import Action, GuardPolicy
from apps.gateway.models.model import Model, ModelKind, Stage
from apps.gateway.models.provider import Provider, ProviderKind
from apps.gateway.models.query_log import QueryLog
from apps.gateway.models.route import Route, RouteTarget
from apps.gateway.models.usage_record import UsageRecord
from apps.gateway.models.version import CatalogueVersion

__all__ = [
    "SUBJECTS",
    "Action",
    "Budget",
    "BudgetWindow",
    "CachedAnswer",
    "CatalogueVersion",
    "GuardPolicy",
    "Model",
    "ModelKind",
    "Period",
    "Provider",
    "ProviderKind",
    "QueryLog",
    "Reservation",
    "ReservationState",
    "Route",
    "RouteTarget",
    "Stage",
    "UsageRecord",
]
