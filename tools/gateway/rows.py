"""What somebody with a shell on the server does for the gateway's proofs: makes models, budgets and a key, and reads what was counted. See `hand`."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from apps.accounts.models import ApiKey, User, Workspace
from apps.accounts.selectors.readers import get_reader
from apps.accounts.services.keys import make_key, revoke_key
from apps.gateway.models import Budget, BudgetWindow, Model, Provider, QueryLog, Reservation, ReservationState, Route, RouteTarget, UsageRecord
from tools.gateway.scene import EMBEDDING_ROUTE, ROUTE

# Far more than is ever spent: budgets count, and refuse nobody.
_MUCH = Decimal(10_000_000)


def set_up(*, email: str, upstream: str) -> dict[str, Any]:
    """Two models, of which the second answers where the first fails; budgets for all that a call belongs to; and a key."""
    first, second, embedder = _model("alpha", "first", upstream), _model("beta", "second", upstream), _model("gamma", "embedder", upstream, "embedding")
    route = Route.objects.create(name=ROUTE, kind="chat", is_default=True)
    RouteTarget.objects.create(route=route, model=first, weight=2)
    RouteTarget.objects.create(route=route, model=second, weight=1)
    RouteTarget.objects.create(route=Route.objects.create(name=EMBEDDING_ROUTE, kind="embedding"), model=embedder)
    workspace, user = Workspace.objects.get(), User.objects.get(email=email)
    reader = get_reader(user, workspace.slug)
    key, text = make_key(reader, name="Bench", scopes=sorted(reader.permissions))
    for subject in ({"workspace": workspace}, {"user": user}, {"api_key": key}):
        Budget.objects.create(**subject, period="month", money=_MUCH, tokens=10**15)
        Budget.objects.create(**subject, period="day", money=_MUCH)
    return {"key": text}


def _model(provider: str, name: str, upstream: str, kind: str = "chat") -> Model:
    owner = Provider.objects.create(name=provider, base_url=upstream, api_key="none")
    dimension = 8 if kind == "embedding" else None
    return Model.objects.create(provider=owner, name=name, kind=kind, price_in=Decimal("2.5"), price_out=Decimal(10), window=128_000, dimension=dimension)


def read_ledger() -> dict[str, Any]:
    """All that was billed, a row each, and what the budgets say of it together."""
    rows = (
        UsageRecord.objects.exclude(provider="quire").order_by("id").values_list("model", "input_tokens", "output_tokens", "is_estimated", "call_id", "attempt")
    )
    key = ApiKey.objects.get(name="Bench")
    return {
        "rows": [[model.rpartition("/")[2], read, wrote, estimated, f"{call}/{attempt}"] for model, read, wrote, estimated, call, attempt in rows],
        "held": Reservation.objects.filter(state=ReservationState.HELD).count(),
        "spent_tokens": _sum(key, "spent_tokens"),
        "reserved_tokens": _sum(key, "reserved_tokens"),
        "spent_money": str(BudgetWindow.objects.filter(budget__api_key=key, budget__period="month").aggregate(sum=Sum("spent_money"))["sum"] or 0),
        "money": str(UsageRecord.objects.filter(api_key_id=key.pk).aggregate(sum=Sum("money"))["sum"] or 0),
        "logged": QueryLog.objects.count(),
    }


def count_ledger() -> dict[str, Any]:
    """A cheap look: whether it still moves."""
    held = Reservation.objects.filter(state=ReservationState.HELD).count()
    return {"rows": UsageRecord.objects.count(), "logged": QueryLog.objects.count(), "held": held}


def _sum(key: ApiKey, field: str) -> int:
    """Over the budget's windows: a proof may run past midnight."""
    return int(BudgetWindow.objects.filter(budget__api_key=key, budget__period="month").aggregate(sum=Sum(field))["sum"] or 0)


def expire_leases() -> dict[str, Any]:
    """As if the time of every reservation were over."""
    return {"count": Reservation.objects.filter(state=ReservationState.HELD).update(expires_at=timezone.now() - timedelta(seconds=1))}


def make_bad_keys() -> dict[str, Any]:
    """A key that was revoked, one that expired, and one that may not call models, all of the person whose key is good."""
    good = ApiKey.objects.get(name="Bench")
    reader = get_reader(good.owner, good.workspace.slug)
    made = {name: make_key(reader, name=name, scopes=sorted(reader.permissions)) for name in ("revoked", "expired")}
    made["without the scope"] = make_key(reader, name="without the scope", scopes=["document.view"])
    revoke_key(reader, made["revoked"][0])
    ApiKey.objects.filter(pk=made["expired"][0].pk).update(expires_at=timezone.now() - timedelta(days=1))
    return {name: text for name, (_, text) in made.items()}


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "set_up": set_up,
    "read_ledger": read_ledger,
    "count_ledger": count_ledger,
    "expire_leases": expire_leases,
    "make_bad_keys": make_bad_keys,
}
