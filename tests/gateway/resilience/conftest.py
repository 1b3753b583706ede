"""Targets, calls and scripted providers; health with a clock of the test's own."""

import asyncio
import socket
from collections import defaultdict
from dataclasses import dataclass, field, replace

import pytest

from apps.gateway import catalogue
from apps.gateway.calls import Call, Kind
from apps.gateway.providers import registry
from apps.gateway.providers.base import Embedded, Scored
from apps.gateway.resilience import health as health_module
from apps.gateway.resilience import shared as shared_module
from apps.gateway.resilience.health import Health
from apps.gateway.resilience.policy import RetryPolicy
from apps.gateway.steps import routed as routed_module
from apps.gateway.targets import RouteInfo, Target
from apps.gateway.types import ChatMessage, Chunk, Principal, Usage

PRINCIPAL = Principal(user_id=None, workspace_id=None, purpose="test")
ROLES = {Kind.CHAT: "chat", Kind.EMBEDDING: "embedding", Kind.BULK_EMBEDDING: "embedding", Kind.RERANK: "rerank"}


def make_target(name="one", provider="maker", **fields):
    return Target(provider, name, **{"kind": "openai-compatible", "base_url": "http://127.0.0.1:1/v1", **fields})


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@dataclass
class Providers:
    """What each target does, try by try: an error is raised, anything else is a step of a stream. The last one is done again and again."""

    scripts: dict = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    counts: dict = field(default_factory=lambda: defaultdict(int))
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def will(self, name, *replies):
        self.scripts[name] = list(replies)

    def reply(self, target):
        self.asked.append(target.model)
        self.changed.set()
        script = self.scripts.get(target.model, [["Fine."]])
        number = self.counts[target.model]
        self.counts[target.model] += 1
        return script[min(number, len(script) - 1)]

    async def until_asked(self, times):
        while len(self.asked) < times:
            self.changed.clear()
            await self.changed.wait()

    async def chat(self, target):
        return _Chat(self, target)

    async def embedding(self, target):
        return _Embedding(self, target)

    async def rerank(self, target, ask):
        return _Rerank(self, target)


@dataclass
class _Chat:
    providers: Providers
    target: Target

    async def stream(self, messages, options):
        reply = self.providers.reply(self.target)
        try:
            for step in reply if isinstance(reply, list) else [reply]:
                yield await play(step)
            yield Chunk("", Usage(7, 3, estimated=False), "stop")
        finally:
            self.providers.closed.append(self.target.model)


async def play(step):
    """An error is raised, a future waited for; a text is a chunk."""
    if isinstance(step, Exception):
        raise step
    if isinstance(step, asyncio.Event):
        await step.wait()
        step = "After a while."
    return Chunk(step) if isinstance(step, str) else step


@dataclass
class _Embedding:
    providers: Providers
    target: Target

    async def embed(self, texts, billed):
        import numpy as np

        await play(self.providers.reply(self.target))
        return Embedded(np.ones((len(texts), 2), np.float32), Usage(len(texts), 0, estimated=False))


@dataclass
class _Rerank(_Embedding):
    async def rerank(self, query, texts):
        await play(self.providers.reply(self.target))
        return Scored([0.5] * len(texts), Usage(9, 0, estimated=False))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def health(clock):
    """Of a process that just began and keeps to itself."""
    made = Health(None, clock)
    health_module.reset(made)
    return made


@pytest.fixture
def waits(monkeypatch, clock):
    """The seconds that the retry loop would have slept."""
    slept: list[float] = []

    async def sleep(seconds):
        slept.append(seconds)
        clock.now += seconds

    monkeypatch.setattr(routed_module, "retry_policy", RetryPolicy(sleep=sleep, chance=lambda: 0.5))
    return slept


@pytest.fixture
def providers(monkeypatch, health, waits):
    scripted = Providers()
    monkeypatch.setattr(registry, "get_chat_provider", scripted.chat)
    monkeypatch.setattr(registry, "get_embedding_provider", scripted.embedding)
    monkeypatch.setattr(registry, "get_rerank_provider", scripted.rerank)
    return scripted


@pytest.fixture
def make_call(clock):
    def make(*targets, kind=Kind.CHAT, principal=PRINCIPAL, **fields):
        route = RouteInfo("route", ROLES[kind], targets or (make_target(),))
        asked = {"messages": [ChatMessage("user", "eight by")]} if kind is Kind.CHAT else {"texts": ["a", "b"], "query": "q" if kind is Kind.RERANK else ""}
        return Call(kind, principal, catalogue.Catalogue(0), route, **{"clock": clock, **asked, **fields})

    return make


def principal(**fields):
    return replace(PRINCIPAL, **fields)


@pytest.fixture
def prefix():
    """Of keys that no other test knows: see `tests/conftest.py`."""
    return shared_module.PREFIX


@pytest.fixture
def hanging(tmp_path):
    """A server that takes connections and never says a word."""
    path = tmp_path / "h.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(100)
        yield f"unix://{path}"
