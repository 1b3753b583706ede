"""A call on its way through the door: what is wanted, and what became of it so far."""

import time
import uuid
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from apps.accounts.limits import Charged
from apps.gateway.attribution import current_run
from apps.gateway.catalogue import Catalogue, GuardRules
from apps.gateway.targets import RouteInfo, Target
from apps.gateway.types import ChatMessage, ChatOptions, Principal, Usage


class Kind(StrEnum):
    """What decides which steps a call goes through: see `pipeline.py`."""

    CHAT = "chat"
    EMBEDDING = "embedding"
    BULK_EMBEDDING = "bulk_embedding"
    RERANK = "rerank"


# How a call or a try ended, where it was not with an error's code.
ANSWERED, STOPPED = "answered", "stopped"


@dataclass(slots=True)
class Attempt:
    """One try at one target. `usage` is what it is billed for; None: it never got so far."""

    target: Target
    started_at: float
    usage: Usage | None = None
    # ANSWERED, STOPPED, or the code of the error.
    outcome: str = STOPPED


@dataclass(slots=True)
class Call:
    """Everything that a step may want to know; steps write what they found out and nothing else.

    `messages` are replaced by the guards' masked ones; `texts` are those of an embedding or a reranking, `query` the latter's.
    """

    kind: Kind
    principal: Principal
    catalogue: Catalogue
    route: RouteInfo
    messages: Sequence[ChatMessage] = ()
    options: ChatOptions = field(default_factory=ChatOptions)
    texts: Sequence[str] = ()
    query: str = ""
    # Whether it counts as one of the requests that a person may make a minute; an agent's calls belong to a question that was counted.
    is_request: bool = False
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    run_id: uuid.UUID | None = field(default_factory=current_run)
    clock: Callable[[], float] = time.monotonic

    started_at: float = 0.0
    first_at: float | None = None
    attempts: list[Attempt] = field(default_factory=list)
    # "": not cacheable; miss, exact, semantic, stale.
    cache: str = ""
    # What the limits took, None: nothing.
    charged: Charged | None = None
    # Budgets were asked, and hold something for it until it is settled.
    is_reserved: bool = False
    # By "guard.rule": how often, and what was done about it.
    found: Counter[str] = field(default_factory=Counter)
    acted: dict[str, str] = field(default_factory=dict)
    outcome: str = STOPPED

    def __post_init__(self) -> None:
        self.started_at = self.clock()

    @property
    def rules(self) -> GuardRules:
        return self.catalogue.rules_of(self.principal.workspace_id)

    @property
    def target(self) -> Target | None:
        """The one that was asked last."""
        return self.attempts[-1].target if self.attempts else None

    @property
    def usage(self) -> Usage | None:
        """What all attempts were billed for together; None: nobody billed anything."""
        billed = [attempt.usage for attempt in self.attempts if attempt.usage is not None]
        if not billed:
            return None
        return Usage(sum(one.input_tokens for one in billed), sum(one.output_tokens for one in billed), any(one.estimated for one in billed))


# What flows out: chunks of a chat, one array of vectors, one list of scores.
Flow = AsyncGenerator[Any, None]
Follow = Callable[[Call], Flow]
# A step does its part before, around or after what follows, and hands on what flows. Closing its generator closes all that follow; a step
# that has nothing to do with a call returns `follow(call)` itself.
Step = Callable[[Call, Follow], Flow]
