"""`make bench-answer`: how long until an answer begins and until it is complete; one JSON line last on stdout.

The whole product with the embedded model, as `make serve` starts it. Each question goes the page's way: the form's POST, then
the run followed on the socket. Clocks start when the POST is sent.
"""

import json
import random
import re
import statistics
import sys
import time
import urllib.parse
from dataclasses import dataclass

from websockets.sync.client import ClientConnection, connect

from tools.product import ROOT, Product, running_product
from tools.session import Session

WARM_UP_COUNT = 8
QUESTION_COUNT = 60
ENDINGS = {"run.completed", "run.failed", "run.cancelled"}


@dataclass(frozen=True)
class Timing:
    first_words_ms: float
    complete_ms: float
    is_cited: bool


class Page:
    """A signed-in page: its form and its one socket."""

    def __init__(self, product: Product) -> None:
        self.session = Session(product.url)
        self.session.sign_in(product.email, product.password)
        self.home = self._home()
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.session.cookies)
        address = product.url.replace("http", "ws", 1) + "/ws/"
        self.socket: ClientConnection = connect(address, additional_headers={"Cookie": cookies, "Origin": product.url})

    def ask(self, question: str) -> Timing:
        started = time.perf_counter()
        run = self._post(question)
        self.socket.send(json.dumps({"type": "subscribe", "topic": "run", "id": run, "after": 0}))
        first, is_cited, event = 0.0, False, {"type": ""}
        while event["type"] not in ENDINGS:
            event = json.loads(self.socket.recv(timeout=60))
            is_cited = is_cited or event["type"] == "citation.added"
            if event["type"] == "text.delta" and not first:
                first = time.perf_counter() - started
        if event["type"] != "run.completed":
            raise RuntimeError(f"{question}: {event}")
        return Timing(first * 1000, (time.perf_counter() - started) * 1000, is_cited)

    def _post(self, question: str) -> str:
        form = {"question": question, "csrfmiddlewaretoken": self.session.cookie("csrftoken")}
        self.session.opener.addheaders = [("X-Quire-Fragment", "1")]
        body = self.session.send(f"{self.home}chat/ask/", urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded")
        found = re.search(rb"[0-9a-f-]{36}", body.partition(b"run-value=")[2])
        if found is None:
            raise RuntimeError(f"no run in {body[:500]!r}")
        return found.group().decode()

    def _home(self) -> str:
        with self.session.opener.open(f"{self.session.url}/", timeout=60) as answer:
            return urllib.parse.urlsplit(answer.url).path


def questions() -> list[str]:
    """The handbook's own questions, in an order that does not follow its pages."""
    pages = sorted((ROOT / "docs" / "handbook").glob("*.md"))
    found = [line[3:].strip() for page in pages for line in page.read_text().splitlines() if line.startswith("## ") and line.rstrip().endswith("?")]
    random.Random(7).shuffle(found)
    return found[: WARM_UP_COUNT + QUESTION_COUNT]


def measure() -> dict[str, float]:
    asked = questions()
    with running_product() as product:
        page = Page(product)
        timings = [page.ask(question) for question in asked][WARM_UP_COUNT:]
        page.socket.close()
    cited = sum(timing.is_cited for timing in timings)
    print(f"{cited} of {len(timings)} answers cite a source", file=sys.stderr)
    return {
        **_percentiles("first_words", [timing.first_words_ms for timing in timings]),
        **_percentiles("complete", [timing.complete_ms for timing in timings]),
        "questions": len(timings),
    }


def _percentiles(name: str, values: list[float]) -> dict[str, float]:
    twentieths = statistics.quantiles(values, n=20)
    return {f"{name}_p50_ms": round(statistics.median(values), 1), f"{name}_p95_ms": round(twentieths[18], 1)}


def main() -> None:
    print(json.dumps(measure()))


if __name__ == "__main__":
    main()
