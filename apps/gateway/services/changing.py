"""What every change of the catalogue has in common: who may make it, that changes wait for each other, and that it stands in the audit trail."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import connection, models, transaction

from apps.accounts.models import User
from apps.accounts.selectors.operators import get_operator
from apps.accounts.services.actors import record_by
from apps.accounts.types import Operator
from apps.common.errors import Invalid, NotAllowed, NotFound
from apps.gateway.catalogue import forget

M = TypeVar("M", bound=models.Model)
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('gateway.catalogue'))"


@contextmanager
def changing(operator: Operator, model: type[models.Model]) -> Iterator[Operator]:
    """Open a transaction in which nobody else changes the catalogue, and hand out the operator as of now.

    What is right depends on other rows (a route's models, its default), so changes go one after the other; operators make few.
    """
    _require(operator, model)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)
        # Whoever was waiting may have lost the role to who went first.
        now = get_operator(User.objects.filter(pk=operator.user.pk).first() or User())
        _require(now, model)
        yield now
        transaction.on_commit(forget)


def _require(operator: Operator, model: type[models.Model]) -> None:
    if not operator.can_change(model):
        raise NotAllowed("operator.change", "Your operator role may look at this, not change it.")


def stored(row: M) -> M | None:
    """The row as it is kept; None for a new one. Raises NotFound for one that somebody deleted meanwhile."""
    if row._state.adding:
        return None
    found: M | None = type(row)._default_manager.filter(pk=row.pk).first()
    if found is None:
        raise NotFound("Somebody has deleted this meanwhile.")
    return found


def save(operator: Operator, row: M, *, told: Sequence[str] = (), without_check: Sequence[str] = ()) -> M:
    """Check and save a row, and record it; of the `told` fields the trail also says what they were and are."""
    before = stored(row)
    try:
        row.full_clean(exclude=without_check)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages)) from None
    row.save()
    # As it is kept: amounts have their places, and a secret is sealed.
    row = type(row)._default_manager.get(pk=row.pk)
    # Any: of any field.
    changes: dict[str, Any] = {name: [_plain(before, name), _plain(row, name)] for name in told if before is None or _plain(before, name) != _plain(row, name)}
    record_by(operator, f"{_noun(row)}.{'made' if before is None else 'changed'}", row, **changes)
    return row


def delete(operator: Operator, row: models.Model) -> None:
    record_by(operator, f"{_noun(row)}.removed", row)
    row.delete()


def _noun(row: models.Model) -> str:
    return {"routetarget": "route_target", "guardpolicy": "guard_policy"}.get(row._meta.model_name or "", row._meta.model_name or "")


# Any: of any field; the trail keeps what JSON holds.
def _plain(row: models.Model | None, name: str) -> Any:
    value = getattr(row, name, None) if row is not None else None
    return value if value is None or isinstance(value, bool | int | list) else str(value)
