"""What cannot be answered is refused at once: in OpenAI's shape, with the right status, and nothing of it is charged or reaches the model."""

import asyncio
import json
import statistics
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tools.gateway.client import Order, Outcome, run_all
from tools.gateway.scene import Scene, running_scene

SECONDS = 0.05
_SAY = [{"role": "user", "content": "Say hello"}]
# What is wrong with a body, and the status it gets.
_BODIES: dict[str, tuple[dict[str, Any], int]] = {
    "no messages": ({"messages": []}, 400),
    "messages of a wrong type": ({"messages": "Say hello"}, 400),
    "a role that is none": ({"messages": [{"role": "king", "content": "Say hello"}]}, 400),
    "a negative temperature": ({"messages": _SAY, "temperature": -1}, 400),
    "a temperature in words": ({"messages": _SAY, "temperature": "warm"}, 400),
    "a field that is none": ({"messages": _SAY, "temprature": 1}, 400),
    "a model that is not there": ({"messages": _SAY, "model": "gpt-17"}, 404),
    "ten megabytes": ({"messages": [{"role": "user", "content": "x" * 10_000_000}]}, 413),
}
_KEYS = {"no key of ours": 401, "revoked": 401, "expired": 401, "without the scope": 403}


def prove_refusals(count: int) -> dict[str, Any]:
    with running_scene() as scene:
        return refuse(scene, count)


def refuse(scene: Scene, count: int) -> dict[str, Any]:
    keys = {"no key of ours": "qk_live_nothing", **scene.hand.do("make_bad_keys")}
    requests = {name: (scene.address.request(body), status) for name, (body, status) in _BODIES.items()}
    requests |= {f"a key: {name}": (replace(scene.address, key=keys[name]).request({"messages": _SAY}), status) for name, status in _KEYS.items()}
    requests["no JSON"] = (scene.address.request({"messages": _SAY}).replace(b'"messages"', b"'messages'"), 400)
    before, asked = scene.wait_until_settled(), len(scene.upstream.ledger())
    found = {name: asyncio.run(run_all(scene.address, [Order(request)] * count, 1)) for name, (request, _) in requests.items()}
    after = scene.wait_until_settled()
    problems = [f"{name}: {wrong}" for name, outcomes in found.items() if (wrong := judge(outcomes, requests[name][1]))]
    problems += ["something was charged"] if after["spent_money"] != before["spent_money"] or after["held"] else []
    problems += ["the model was asked"] if len(scene.upstream.ledger()) != asked else []
    medians = {name: round(statistics.median(one.seconds for one in outcomes) * 1000, 1) for name, outcomes in found.items()}
    return {"kinds": len(found), "calls": count * len(found), "slowest_median_ms": max(medians.values()), "median_ms": medians, "problems": problems}


def judge(outcomes: Sequence[Outcome], status: int) -> str:
    """What is wrong with how one kind was refused, or nothing."""
    if strange := [one.status for one in outcomes if one.status != status]:
        return f"answered with {strange[0]} in the place of {status}"
    for one in outcomes:
        try:
            error = json.loads(one.body)["error"]
            is_in_shape = {"message", "type", "param", "code"} <= error.keys() and "Traceback" not in error["message"]
        except (ValueError, KeyError, TypeError, AttributeError):
            is_in_shape = False
        if not is_in_shape:
            return "not in OpenAI's shape"
    middle = statistics.median(one.seconds for one in outcomes)
    return f"took {middle * 1000:.0f} ms in the middle" if middle > SECONDS else ""
