"""Calls as the steps get them, and what follows a step in its tests."""

from decimal import Decimal

from apps.gateway import conf
from apps.gateway.calls import Attempt, Call, Kind
from apps.gateway.catalogue import Catalogue
from apps.gateway.targets import FREE, Price, RouteInfo, Target
from apps.gateway.types import ChatMessage, ChatOptions, Chunk, Principal, Usage

PRICED = Target("acme", "large", conf.OPENAI_COMPATIBLE, price=Price(Decimal("2.5"), Decimal("10")))
CHEAP = Target("acme", "small", conf.OPENAI_COMPATIBLE, price=Price(Decimal("0.15"), Decimal("0.6")))
UNPRICED = Target("other", "unknown", conf.OPENAI_COMPATIBLE)
EMBEDDED = Target("quire", "minilm", conf.EMBEDDED, price=FREE)
EXTRACTIVE = Target("quire", "extractive", conf.EXTRACTIVE, price=FREE)
HELLO = ChatMessage("user", "eight by")
USER_ID = "11111111-1111-4111-8111-111111111111"


def make_call(*targets, kind=Kind.CHAT, budgets=(), principal=None, parameters=None, **fields):
    given = {"messages": [HELLO]} if kind is Kind.CHAT else {"texts": ["eight by", "another text"]}
    return Call(
        kind=kind,
        principal=principal or Principal(USER_ID, None, "test"),
        catalogue=Catalogue(1, budgets=tuple(budgets)),
        route=RouteInfo("route", "chat", targets or (PRICED,)),
        options=ChatOptions(parameters or {"max_tokens": 100}),
        **{**given, **fields},
    )


def answering(*items, usage=None, target=PRICED, error=None):
    """What follows: an attempt at the target, these items, and then perhaps an error."""

    async def follow(call):
        call.attempts.append(Attempt(target, call.clock(), usage))
        for item in items:
            yield item
        if error is not None:
            raise error

    return follow


USAGE = Usage(1000, 200, estimated=False)
ANSWER = (Chunk("Hi"), Chunk(" there"), Chunk("", usage=USAGE, finish_reason="stop"))
