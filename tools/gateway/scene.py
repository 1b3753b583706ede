"""A running Quire whose models are the scripted upstream's, with a key for it: what the gateway's bench and proofs stand on."""

import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tools.bench_memory import command_of, family
from tools.gateway.client import Address
from tools.hand import Hand
from tools.product import ROOT, Product, running_product

# High enough that nobody is refused, low enough that each call is still counted.
PLENTY = 50_000_000
ROUTE, EMBEDDING_ROUTE = "bench", "bench-embed"


class UpstreamProcess:
    """The scripted upstream, and its controls."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.address = Address(base_url, "none", "first")

    def control(self, command: str, said: Mapping[str, Any] | None = None) -> Any:
        url = f"{self.base_url.removesuffix('/v1')}/control/{command}"
        request = urllib.request.Request(url, None if said is None else json.dumps(said).encode())
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def set_defaults(self, **said: Any) -> None:
        """What happens to calls whose prompts say nothing."""
        self.control("defaults", said)

    def reset(self) -> None:
        self.control("reset", {})

    def ledger(self) -> list[list[Any]]:
        rows: list[list[Any]] = self.control("ledger")
        return rows


@contextmanager
def running_upstream() -> Iterator[UpstreamProcess]:
    child = subprocess.Popen([sys.executable, "-m", "tools.gateway.upstream"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        yield UpstreamProcess(json.loads(child.stdout.readline())["base_url"])
    finally:
        child.kill()
        child.wait()


@dataclass(frozen=True)
class Scene:
    product: Product
    upstream: UpstreamProcess
    hand: Hand
    address: Address

    def web_pid(self) -> int:
        return next(pid for pid in family(self.product.pid) if "-m daphne" in command_of(pid))

    def wait_until_settled(self, seconds: float = 60.0) -> dict[str, Any]:
        """Wait until nothing is held and nothing more is written, and return what was billed."""
        deadline, last, since = time.monotonic() + seconds, {}, time.monotonic()
        while time.monotonic() < deadline:
            seen = self.hand.do("count_ledger")
            if seen != last:
                last, since = seen, time.monotonic()
            if not seen["held"] and time.monotonic() - since > 2:
                break
            time.sleep(0.2)
        return self.hand.do("read_ledger")


@contextmanager
def running_scene(environment: Mapping[str, str] | None = None, upstream: str = "") -> Iterator[Scene]:
    """`upstream` is the address of one that runs already; else one is started."""
    with running_upstream() as own, running_product({**high_limits(), **(environment or {})}) as product:
        hand = Hand(product, "tools.gateway.hand", environment)
        try:
            chosen = UpstreamProcess(upstream) if upstream else own
            made = hand.do("set_up", email=product.email, upstream=chosen.base_url)
            time.sleep(1)  # a changed catalogue reaches every process within a second
            yield Scene(product, chosen, hand, Address(f"{product.url}/v1", made["key"], ROUTE))
        finally:
            hand.end()


def high_limits() -> dict[str, str]:
    settings = (ROOT / "config" / "settings.py").read_text(encoding="utf-8")
    return dict.fromkeys(re.findall(r"^QUIRE_LIMIT_\w+", settings, re.MULTILINE), str(PLENTY))
