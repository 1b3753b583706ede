"""What the log of calls can be asked for: known beforehand, so that nobody looks through all of it to find out."""

from collections.abc import Iterator

from apps.common.errors import LimitExceeded, QuireError
from apps.gateway import errors
from apps.gateway.calls import Kind
from apps.gateway.models import Model
from apps.gateway.targets import CHAT, EMBEDDING, own_route

ANSWERED, STOPPED = "answered", "stopped"


def known_models() -> list[str]:
    """Names of all models that are or were here, the settings' own among them."""
    own = [target.model for route in (own_route(CHAT), own_route(EMBEDDING)) if route for target in route.targets]
    return sorted({*own, *Model.objects.order_by().values_list("name", flat=True)})


def known_outcomes() -> list[str]:
    return [ANSWERED, STOPPED, *sorted({error.code for error in _family()} - {QuireError.code})]


def known_kinds() -> list[str]:
    return [kind.value for kind in Kind]


def _family() -> Iterator[type[QuireError]]:
    yield LimitExceeded
    yield from (found for found in vars(errors).values() if isinstance(found, type) and issubclass(found, QuireError))
