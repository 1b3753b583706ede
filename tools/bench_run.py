"""`make bench-run`: what one question waits for; one JSON line last on stdout.

A scripted model answers at once, the library has 10,000 passages, one question at a time, each the first of its conversation. `first_event_p50_ms`: from
sending the question until its socket brings the first event. `graph_overhead_p50_ms`: until the first words, less what the model itself
takes for them when it is asked directly in the same run. Retrieval is in it.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time
import urllib.request
from dataclasses import dataclass
from random import Random

from websockets.sync.client import ClientConnection, connect

from tools.gateway.client import Order, chat, prompt, run_all
from tools.gateway.scene import Scene, running_scene
from tools.hand import Hand
from tools.session import Session

PASSAGES, QUESTIONS, WARM_UP = 10_000, 60, 8
GOALS = {"first_event_p50_ms": 50.0, "graph_overhead_p50_ms": 150.0}
ENDINGS = {"run.completed", "run.failed", "run.cancelled"}
# The library's own, so that each is answered.
ASKED = (
    "How do I stop Quire?",
    "How do I connect a language model?",
    "Who can see a document?",
    "Which files can I add?",
    "How long does an API key last?",
    "What is a collection?",
)


@dataclass(frozen=True)
class Timing:
    first_event_ms: float
    first_words_ms: float
    ended_ms: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=PASSAGES)
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    options = parser.parse_args()
    with running_scene() as scene:
        figures = measure(scene, options.passages, options.questions)
    print(json.dumps(figures))
    return 0 if all(figures[name] <= goal for name, goal in GOALS.items()) else 1


def measure(scene: Scene, passages: int, questions: int) -> dict[str, float]:
    session = Session(scene.product.url)
    session.sign_in(scene.product.email, scene.product.password)
    # Of this one's owner and collection is the library that is filled up.
    session.upload("note.txt", b"A lighthouse keeper writes down each ship that passes the northern pier.")
    hand = Hand(scene.product, "tools.ingestion.hand")
    try:
        there = hand.do("grow", passages=passages)["passages"]
    finally:
        hand.end()
    scene.upstream.set_defaults(tokens=16)
    socket = open_socket(scene, session)
    asked = [ask(scene, socket, ASKED[number % len(ASKED)]) for number in range(WARM_UP + questions)][WARM_UP:]
    direct = [seconds * 1000 for seconds in ask_directly(scene, questions)]
    own = statistics.median(direct)
    overheads = sorted(one.first_words_ms - own for one in asked)
    first = sorted(one.first_event_ms for one in asked)
    return {
        "first_event_p50_ms": round(statistics.median(first), 1),
        "first_event_p95_ms": round(first[int(len(first) * 0.95)], 1),
        "graph_overhead_p50_ms": round(statistics.median(overheads), 1),
        "graph_overhead_p95_ms": round(overheads[int(len(overheads) * 0.95)], 1),
        "ended_p50_ms": round(statistics.median(one.ended_ms for one in asked), 1),
        "model_first_words_p50_ms": round(own, 2),
        "passages": there,
        "questions": questions,
    }


def open_socket(scene: Scene, session: Session) -> ClientConnection:
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)
    return connect(scene.product.url.replace("http", "ws", 1) + "/ws/", additional_headers={"Cookie": cookies, "Origin": scene.product.url})


def ask(scene: Scene, socket: ClientConnection, question: str) -> Timing:
    body = json.dumps({"question": question}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {scene.address.key}"}
    begun = time.perf_counter()
    with urllib.request.urlopen(urllib.request.Request(f"{scene.product.url}/api/v1/runs", body, headers), timeout=30) as answer:
        run_id = json.loads(answer.read())["id"]
    socket.send(json.dumps({"type": "subscribe", "topic": "run", "id": run_id, "after": 0}))
    moments: dict[str, float] = {}
    while True:
        event = json.loads(socket.recv(timeout=60))
        now = (time.perf_counter() - begun) * 1000
        moments.setdefault("event", now)
        if event["type"] == "text.delta":
            moments.setdefault("words", now)
        if event["type"] in ENDINGS:
            socket.send(json.dumps({"type": "ack", "run": run_id, "seq": event["seq"]}))
            if event["type"] != "run.completed" or "words" not in moments:
                raise RuntimeError(f"{question}: {event}")
            return Timing(moments["event"], moments["words"], now)


def ask_directly(scene: Scene, count: int) -> list[float]:
    """How long the model takes for its first word, asked without Quire; about what a question with its passages weighs."""
    orders = [Order(scene.upstream.address.request(chat(prompt(number, Random(number)) * 60, stream=True))) for number in range(count)]
    return [outcome.first_seconds for outcome in asyncio.run(run_all(scene.upstream.address, orders, 1))]


if __name__ == "__main__":
    sys.exit(main())
