"""The one door: which steps a call goes through, by its kind.

A step wraps those after it, like the skins of an onion: `recorded` is outermost and sees everything, `routed` is innermost and asks a model.
Nobody is exempt from a step. To add one: a file in `steps/` with one async generator, and its name in this table.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from apps.gateway.calls import Call, Flow, Follow, Kind, Step
from apps.gateway.steps.budgeted import budgeted
from apps.gateway.steps.cached import cached, cached_by_meaning
from apps.gateway.steps.guarded import guarded
from apps.gateway.steps.limited import limited
from apps.gateway.steps.recorded import recorded
from apps.gateway.steps.routed import routed
from apps.gateway.steps.validated import validated

STEPS: Mapping[Kind, tuple[Step, ...]] = {
    #                      what it cost,  too long?  how often  how much  who may see  asked before           which model
    Kind.CHAT:           (recorded, validated, limited, budgeted, guarded, cached, cached_by_meaning, routed),
    Kind.EMBEDDING:      (recorded,            limited, budgeted,                                     routed),
    Kind.RERANK:         (recorded,            limited, budgeted,                                     routed),
    Kind.BULK_EMBEDDING: (recorded,                     budgeted,                                     routed),
}  # fmt: skip


def run(call: Call) -> Flow:
    """Send a call through its steps. Raises QuireError; closing the generator stops the model."""
    return _flows[call.kind](call)


# Any: one array of vectors, or one list of scores.
async def run_whole(call: Call) -> Any:
    """The one item of a flow that has no more, with everything done that comes after it."""
    [item] = [one async for one in run(call)]
    return item


def _compose(steps: tuple[Step, ...]) -> Follow:
    follow: Follow = _nothing
    for step in reversed(steps):
        follow = partial(_wrap, step, follow)
    return follow


def _wrap(step: Step, follow: Follow, call: Call) -> Flow:
    return step(call, follow)


def _nothing(call: Call) -> Flow:
    raise RuntimeError("No step asked a model.")


_flows = {kind: _compose(steps) for kind, steps in STEPS.items()}
