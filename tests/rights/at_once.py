"""The ways in which somebody uses Quire, each kept in use until it works no more: for `test_at_once`."""

import asyncio
import json
import time
from contextlib import suppress

from channels.testing import WebsocketCommunicator

from apps.common.push import aring
from config.asgi import application
from config.transfers import CUT

PAUSE_SECONDS = 0.01
TRIES_AFTER = 3


class Channel:
    """`last` is when it worked last, `is_over` that it has not since: refused three times in a row, or closed."""

    def __init__(self, name):
        self.name, self.last, self.is_over, self.task = name, 0.0, False, None

    def worked(self):
        assert not self.is_over, f"{self.name} works again"
        self.last = time.monotonic()

    def begin(self):
        self.task = asyncio.create_task(self.use())

    async def end(self):
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task

    async def use(self):
        raise NotImplementedError


class Asking(Channel):
    """Asks for an address again and again; it works while the answer is good and holds `mark`."""

    def __init__(self, name, path, headers, mark=b""):
        super().__init__(name)
        self.path, self.headers, self.mark = path, headers, mark

    async def use(self):
        failures = 0
        while True:
            status, body = await call("GET", self.path, self.headers)
            failures = 0 if status == 200 and self.mark in body else failures + 1
            if not failures:
                self.worked()
            self.is_over = self.is_over or failures >= TRIES_AFTER
            await asyncio.sleep(PAUSE_SECONDS)


class Listening(Channel):
    """A page's socket with one topic; it works while events of a kind arrive on it."""

    def __init__(self, name, headers, subscription, kind):
        super().__init__(name)
        self.socket = WebsocketCommunicator(application, "/ws/", headers=[*headers, (b"origin", b"http://localhost")])
        self.subscription, self.kind, self.code = subscription, kind, None

    async def use(self):
        await self.socket.connect(timeout=5)
        if self.subscription:
            await self.socket.send_to(text_data=json.dumps({"type": "subscribe", **self.subscription}))
        while True:
            said = await self.socket.receive_output(60)
            if said["type"] == "websocket.close":
                self.code, self.is_over = said["code"], True
                return
            event = json.loads(said["text"])
            if event["type"] == self.kind:
                self.worked()
            elif event["type"] in {"document.removed", "run.failed"}:
                self.is_over = True


class Ringing(Listening):
    """A library's socket, for whose document somebody rings all the time."""

    def __init__(self, name, headers, workspace, document):
        super().__init__(name, headers, {"topic": "library", "workspace": workspace.slug}, "document.updated")
        self.topic, self.data = f"library.{workspace.pk}", {"document": str(document.pk)}

    async def use(self):
        ringing = asyncio.create_task(self._ring())
        try:
            await super().use()
        finally:
            ringing.cancel()

    async def _ring(self):
        while True:
            await aring(self.topic, self.data)
            await asyncio.sleep(PAUSE_SECONDS)


class Pinging(Listening):
    """A page's socket that follows nothing; it works while a ping is answered."""

    def __init__(self, name, headers):
        super().__init__(name, headers, None, "pong")

    async def use(self):
        pinging = asyncio.create_task(self._ping())
        try:
            await super().use()
        finally:
            pinging.cancel()

    async def _ping(self):
        while True:
            await asyncio.sleep(2 * PAUSE_SECONDS)
            await self.socket.send_to(text_data='{"type": "ping"}')


class Downloading(Channel):
    """A download whose reader takes a piece each 20 ms; it works while pieces come."""

    def __init__(self, name, path, headers):
        super().__init__(name)
        self.path, self.headers = path, headers

    async def use(self):
        async def take(message):
            if message["type"] == CUT:
                self.is_over = True
            elif message.get("body"):
                self.worked()
                await asyncio.sleep(0.02)

        await respond("GET", self.path, self.headers, b"", take)


class Waiting(Channel):
    """A question that a program waits for; it is over when an answer comes that is none."""

    def __init__(self, name, headers, body):
        super().__init__(name)
        self.headers, self.body, self.status = headers, body, None
        self.last = time.monotonic()

    async def use(self):
        self.status, body = await call("POST", "/api/v1/query", self.headers, json.dumps(self.body).encode())
        assert self.status != 200, body
        self.last, self.is_over = time.monotonic(), True


class Writing(Channel):
    """A run that a model writes for; the test's model tells when it is asked for the next word, and when it is closed."""

    async def use(self):
        await asyncio.Event().wait()


async def call(method, path, headers, body=b""):
    """One request; gives the status and the body."""
    status, parts = 0, []

    async def take(message):
        nonlocal status
        status = message.get("status", status)
        parts.append(message.get("body", b""))

    await respond(method, path, headers, body, take)
    return status, b"".join(parts)


async def respond(method, path, headers, body, take):
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [*headers, (b"content-length", str(len(body)).encode()), (b"content-type", b"application/json")],
        "client": ["127.0.0.1", 1],
        "scheme": "http",
    }
    heard, gone = [{"type": "http.request", "body": body, "more_body": False}], asyncio.Event()

    async def receive():
        if heard:
            return heard.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    serving = asyncio.create_task(application(scope, receive, take))
    try:
        await asyncio.shield(serving)
    finally:
        gone.set()
        await asyncio.gather(serving, return_exceptions=True)
