"""In which order a call's targets are asked, and which are left after a failure.

| what failed                                             | retried  | next target             | counts for the breaker |
|---------------------------------------------------------|----------|-------------------------|------------------------|
| not reached, 408, 409, 425, 429, 5xx                    | yes      | yes                     | yes                    |
| silent before the first word                            | if alone | yes, first              | yes                    |
| key, address, quota, format, dimension: the target's    | no       | yes                     | yes                    |
| text too long: the caller's                             | no       | if its window is larger | no                     |
| the request itself, content: the caller's               | no       | no                      | no                     |
| cut after the first word                                | no       | no: the caller has half | yes                    |
"""

from collections.abc import Callable, Sequence

from apps.gateway.targets import EMBEDDING, RouteInfo, Target


def order(route: RouteInfo, chance: Callable[[], float]) -> list[Target]:
    """Those of the highest weight from a random one on, then the others by falling weight.

    Of embedding models only the first one, wherever it runs: vectors of two models must never be compared.
    """
    targets = sorted(route.targets, key=lambda target: -target.weight)
    if route.kind == EMBEDDING:
        targets = [target for target in targets if target.model == targets[0].model]
    sharing = [target for target in targets if target.weight == targets[0].weight]
    start = int(chance() * len(sharing))
    return [*sharing[start:], *sharing[:start], *targets[len(sharing) :]]


def larger(targets: Sequence[Target], than: Target) -> list[Target]:
    """Those that read more at once. Of one whose window nobody knows there is no telling."""
    if than.window is None:
        return []
    return [target for target in targets if target.window is not None and target.window > than.window]
