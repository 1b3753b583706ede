"""The running product with a hand in its database and somebody who uploads: what every part of the proof stands on."""

import json
import re
import time
import urllib.error
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.documents.hostile.sending import FORM_TYPE, form
from tools.hand import Hand
from tools.product import ROOT, Product, running_product
from tools.session import Session

PLACE = "/api/v1/documents"


@dataclass(frozen=True)
class Sent:
    """What the server said to an upload."""

    status: int
    body: dict[str, Any]

    @property
    def document(self) -> str:
        return str(self.body.get("id", ""))


class Uploader:
    """Somebody signed in, who sends files and asks how they are."""

    def __init__(self, product: Product) -> None:
        self.session = Session(product.url)
        self.session.sign_in(product.email, product.password)

    def send(self, name: str | bytes, data: bytes) -> Sent:
        try:
            return Sent(202, json.loads(self.session.send(PLACE, form(name, data), FORM_TYPE)))
        except urllib.error.HTTPError as error:
            return Sent(error.code, _body_of(error))

    def add(self, name: str, data: bytes) -> str:
        sent = self.send(name, data)
        if not sent.document:
            raise RuntimeError(f"{name} was refused: {sent.status} {sent.body}")
        return sent.document

    def state(self, document: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.session.get(f"{PLACE}/{document}"))
        return answer

    def wait(self, document: str, seconds: float, pause: float = 0.05) -> dict[str, Any]:
        """Wait for the document's end and return how it ended."""
        deadline = time.monotonic() + seconds
        while (state := self.state(document))["state"] == "processing":
            if time.monotonic() > deadline:
                raise RuntimeError(f"no end after {seconds:.0f} s: {state}")
            time.sleep(pause)
        return state


@dataclass(frozen=True)
class Scene:
    product: Product
    hand: Hand
    uploader: Uploader

    def wait_for_all(self, seconds: float) -> None:
        """Wait until no job waits. Raises RuntimeError with what the log says last."""
        deadline = time.monotonic() + seconds
        while left := self.hand.do("unfinished")["count"]:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{left} documents have no end after {seconds:.0f} s\n{self.product.log()[-4000:]}")
            time.sleep(0.2)


@contextmanager
def running_scene(environment: Mapping[str, str] | None = None) -> Iterator[Scene]:
    with running_product({**without_limits(), **(environment or {})}) as product:
        hand = Hand(product, "tools.ingestion.hand")
        try:
            yield Scene(product, hand, Uploader(product))
        finally:
            hand.end()


def without_limits() -> dict[str, str]:
    """Nobody is told to come back later: how often is proven elsewhere."""
    settings = (ROOT / "config" / "settings.py").read_text(encoding="utf-8")
    return dict.fromkeys(re.findall(r"^QUIRE_LIMIT_\w+", settings, re.MULTILINE), "0")


def _body_of(error: urllib.error.HTTPError) -> dict[str, Any]:
    try:
        body = json.loads(error.read())
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
