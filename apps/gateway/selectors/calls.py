"""What the log of calls can be asked for: known beforehand, so that nobody looks through all of it to find out."""

from collections.abc import Iterator

from apps.common.errors import Invalid, LimitExceeded, QuireError
from apps.gateway import errors
from apps.gateway.calls import ANSWERED, STOPPED, Kind
from apps.gateway.models import Model
from apps.gateway.targets import CHAT, EMBEDDING, RERANK, own_route


def known_models() -> list[str]:
    """Names of all models that are or were here, the settings' own among them."""
    own = [target.model for route in map(own_route, (CHAT, EMBEDDING, RERANK)) if route for target in route.targets]
    return sorted({*own, *Model.objects.order_by().values_list("name", flat=True)})


def known_outcomes() -> list[str]:
    return [ANSWERED, STOPPED, *sorted({error.code for error in _family()})]


def known_kinds() -> list[str]:
    return [kind.value for kind in Kind]


def _family() -> Iterator[type[QuireError]]:
    yield from (QuireError, Invalid, LimitExceeded)
    yield from (found for found in vars(errors).values() if isinstance(found, type) and issubclass(found, QuireError))
