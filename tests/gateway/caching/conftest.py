"""Calls, a model that says what it is told to, and caches of a test's own, on clocks that stand still."""

import socket
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.conf import settings as chosen

from apps.gateway.caching import background, exact, semantic
from apps.gateway.caching.exact import ExactCache
from apps.gateway.calls import Call, Kind
from apps.gateway.catalogue import Catalogue, GuardRules
from apps.gateway.targets import RouteInfo, Target
from apps.gateway.types import Caching, ChatMessage, ChatOptions, Chunk, Principal, Usage

WORKSPACE = str(uuid4())
LAST = Chunk("", usage=Usage(10, 5, estimated=False), finish_reason="stop")


def make_call(*messages, scope="alice", rules=None, parameters=None, **fields):
    """A question, unless `messages` say what is said. What is not a field of the call is one of its caching or its options."""
    said = messages or (fields.pop("text", "How much is the fee?"),)
    caching = {name: fields.pop(name) for name in ("question", "versions", "is_semantic") if name in fields}
    options = {name: fields.pop(name) for name in ("prompt_version", "locale") if name in fields}
    route = RouteInfo(fields.pop("route", "fast"), "chat", tuple(fields.pop("targets", [Target("acme", "small", "openai-compatible")])))
    return Call(
        Kind.CHAT,
        Principal(None, fields.pop("workspace", WORKSPACE), "test"),
        Catalogue(1, rules={None: rules or GuardRules()}),
        route,
        messages=[message if isinstance(message, ChatMessage) else ChatMessage("user", message) for message in said],
        options=ChatOptions(parameters or {}, caching=Caching(scope, **caching), **options),
        **fields,
    )


class Model:
    """What follows a step. It says what it was given, again and again: chunks, and errors that it raises."""

    def __init__(self, *script):
        self.script = script or (Chunk("It is "), Chunk("five euros."), LAST)
        self.asked = 0
        self.is_closed = False

    async def follow(self, call):
        self.asked += 1
        try:
            for item in self.script:
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            self.is_closed = True


async def ask(step, call, model):
    """All that came, once everything that is kept is kept."""
    async with aclosing(step(call, model.follow)) as flow:
        chunks = [chunk async for chunk in flow]
    await background.finish()
    return chunks


def text_of(chunks):
    return "".join(chunk.text for chunk in chunks)


class Clock:
    def __init__(self, at):
        self.at = at

    def __call__(self):
        return self.at

    def go_on(self, seconds):
        self.at += timedelta(seconds=seconds) if isinstance(self.at, datetime) else seconds


@pytest.fixture
def clock():
    return Clock(1_800_000_000.0)


@pytest.fixture
def today(monkeypatch):
    """What the semantic cache takes for now."""
    clock = Clock(datetime(2027, 1, 15, tzinfo=UTC))
    monkeypatch.setattr(semantic, "now", clock)
    return clock


@pytest.fixture
def answers(monkeypatch, clock):
    """The exact cache of the steps, on the real server, with keys that no other test has."""
    monkeypatch.setattr(exact, "PREFIX", f"test:{uuid4().hex}:")
    cache = ExactCache(chosen.REDIS_URL, timeout=10, clock=clock)
    monkeypatch.setattr(exact, "exact_cache", lambda: cache)
    return cache


@pytest.fixture
def hanging(tmp_path):
    """A server that takes connections and never says a word."""
    path = tmp_path / "h.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(200)
        yield f"unix://{path}"
