"""Thousands of calls of every kind at once; then our rows of usage are held against the upstream's own ledger, call by call."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tools.gateway.client import Address, Order, Outcome, chat, is_whole, prompt, run_all
from tools.gateway.scene import EMBEDDING_ROUTE, Scene, running_scene

CALLERS = 50
# What calls are billed differs by this and the call's number: a row of ours belongs to one of theirs.
_BILLED = 1000


@dataclass(frozen=True)
class Sort:
    """One sort of call: its share of a thousand, and how it may end for the client."""

    name: str
    share: int
    endings: frozenset[str]


SORTS = (
    Sort("whole", 380, frozenset({"done"})),
    Sort("stream", 280, frozenset({"done"})),
    Sort("leaves_stream", 120, frozenset({"left", "done"})),
    Sort("leaves_whole", 30, frozenset({"left"})),
    Sort("fails_once", 50, frozenset({"done"})),
    Sort("falls_back", 50, frozenset({"done"})),
    Sort("is_refused", 30, frozenset({"refused"})),
    Sort("is_cut", 20, frozenset({"error"})),
    Sort("embedding", 40, frozenset({"done"})),
)


@dataclass(frozen=True)
class Planned:
    sort: Sort
    order: Order


def plan(address: Address, count: int, seed: int) -> list[Planned]:
    chance = random.Random(seed)
    sorts = chance.choices(SORTS, weights=[sort.share for sort in SORTS], k=count)
    return [Planned(sort, _order(sort.name, address, number, chance)) for number, sort in enumerate(sorts)]


def _order(sort: str, address: Address, number: int, chance: random.Random) -> Order:
    tokens = chance.randint(2, 64)
    said = f"billed={_BILLED + number} tokens={tokens}"
    if sort == "embedding":
        return Order(replace(address, model=EMBEDDING_ROUTE).request({"input": prompt(number, chance, said)}, "/embeddings"))

    def order(more: str, *, stream: bool, **leaving: Any) -> Order:
        return Order(address.request(chat(prompt(number, chance, f"{said} {more}"), stream=stream)), **leaving)

    makers: dict[str, Callable[[], Order]] = {
        "whole": lambda: order("", stream=False),
        "stream": lambda: order("", stream=True),
        "leaves_stream": lambda: order("delay=2", stream=True, leave_after=chance.randint(1, tokens)),
        "leaves_whole": lambda: order("delay=5", stream=False, leave_seconds=0.004),
        "fails_once": lambda: order(f"status={chance.choice((500, 503, 429))} times=1 on=first", stream=chance.random() < 0.5),
        "falls_back": lambda: order(f"status={chance.choice((500, 503, 529))} on=first", stream=chance.random() < 0.5),
        "is_refused": lambda: order("status=400", stream=chance.random() < 0.5),
        "is_cut": lambda: order(f"cut={chance.randint(1, tokens)}", stream=True),
    }
    return makers[sort]()


def prove_ledger(count: int, seed: int = 6) -> dict[str, Any]:
    with running_scene() as scene:
        return hold_against(scene, count, seed)


def hold_against(scene: Scene, count: int, seed: int) -> dict[str, Any]:
    planned = plan(scene.address, count, seed)
    outcomes = asyncio.run(run_all(scene.address, [one.order for one in planned], CALLERS))
    ours = scene.wait_until_settled()
    result = compare(scene.upstream.ledger(), ours)
    surprises = _surprises(planned, outcomes)
    problems = [*result.pop("problems"), *(f"{number} calls of the sort {name}" for name, number in surprises.items())]
    return {"calls": count, **result, "surprises": surprises, "problems": problems}


def compare(upstream: Sequence[Sequence[Any]], ours: dict[str, Any]) -> dict[str, Any]:
    """Rows of the upstream against ours. What it told us has to be equal; what broke off before it told is estimated by us, and said to be."""
    told = Counter((model, read, wrote) for _, model, read, wrote, ending in upstream if ending == "done")
    untold = Counter(model for _, model, _, _, ending in upstream if ending in ("cut", "gone"))
    rows = ours["rows"]
    counted = Counter((model, read, wrote) for model, read, wrote, estimated, _ in rows if not estimated)
    estimated = Counter(model for model, _, _, is_estimated, _ in rows if is_estimated)
    missing, extra = told - counted, counted - told
    off = abs(_tokens(missing) - _tokens(extra)) + min(_tokens(missing), _tokens(extra))
    spent = sum(read + wrote for _, read, wrote, _, _ in rows)
    checks = {
        f"{off} tokens off: {missing.total()} rows missing, {extra.total()} too many": not missing and not extra,
        f"{estimated.total()} estimated rows for {untold.total()} answers that broke off": estimated == untold,
        f"the budget says {ours['spent_tokens']} tokens, the rows {spent}": ours["spent_tokens"] == spent,
        f"the budget says {ours['spent_money']}, the rows {ours['money']}": float(ours["spent_money"]) == float(ours["money"]),
        f"{ours['held']} reservations and {ours['reserved_tokens']} tokens are still held": not ours["held"] and not ours["reserved_tokens"],
        "a row stands twice": len({row[4] for row in rows}) == len(rows),
    }
    figures = {"upstream_calls": len(upstream), "upstream_tokens": _tokens(told), "rows": len(rows), "estimated": estimated.total(), "tokens_off": off}
    return {**figures, "logged": ours["logged"], "problems": [words for words, is_right in checks.items() if not is_right]}


def _tokens(rows: "Counter[tuple[str, int, int]]") -> int:
    return sum((read + wrote) * number for (_, read, wrote), number in rows.items())


def _surprises(planned: Sequence[Planned], outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many calls of a sort ended as none of it should, by sort and ending."""
    found: Counter[str] = Counter()
    for one, outcome in zip(planned, outcomes, strict=True):
        is_short = outcome.ending == "done" and one.sort.name != "embedding" and not is_whole(outcome.body)
        if outcome.ending not in one.sort.endings or is_short:
            found[f"{one.sort.name} ended {outcome.status} {outcome.ending}{' too short' if is_short else ''}"] += 1
    return dict(found)
