"""The ways in which somebody uses a running Quire, each in a thread, from outside: kept in use until it works no more."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

PAUSE_SECONDS = 0.02
TRIES_AFTER = 3


class Channel(threading.Thread):
    """`last` is when it worked last; `is_over` that it was refused three times in a row, was closed, or broke off."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.last = 0.0
        self.is_over = False
        self.worked_again = False
        self.trouble = ""
        self.stopped = threading.Event()

    def worked(self) -> None:
        self.worked_again = self.worked_again or self.is_over
        self.last = time.monotonic()

    def run(self) -> None:
        try:
            self.use()
        except Exception as trouble:  # noqa: BLE001  # whatever it was, it is what the proof has to tell
            self.trouble = repr(trouble)

    def use(self) -> None:
        raise NotImplementedError


class Asking(Channel):
    """Asks for an address again and again; it works while the answer is good and `is_good` says so of its body."""

    def __init__(self, name: str, url: str, headers: Mapping[str, str], is_good: Callable[[bytes], bool] = lambda body: True) -> None:
        super().__init__(name)
        self.url, self.headers, self.is_good = urlsplit(url), dict(headers), is_good

    def use(self) -> None:
        failures = 0
        connection = http.client.HTTPConnection(self.url.netloc, timeout=30)
        while not self.stopped.is_set():
            connection.request("GET", self.url.path, headers=self.headers)
            answer = connection.getresponse()
            body = answer.read()
            failures = 0 if answer.status == 200 and self.is_good(body) else failures + 1
            if not failures:
                self.worked()
            self.is_over = self.is_over or failures >= TRIES_AFTER
            time.sleep(PAUSE_SECONDS)


class Listening(Channel):
    """A page's socket with one topic; it works while events of a kind arrive on it."""

    def __init__(self, name: str, url: str, headers: Mapping[str, str], subscription: dict[str, Any], kind: str) -> None:
        super().__init__(name)
        self.url, self.headers, self.subscription, self.kind = url, dict(headers), subscription, kind
        self.code = 0

    def use(self) -> None:
        address = self.url.replace("http", "ws", 1) + "/ws/"
        with connect(address, additional_headers={**self.headers, "Origin": self.url}) as page:
            if self.subscription:
                page.send(json.dumps({"type": "subscribe", **self.subscription}))
            try:
                while not self.stopped.is_set():
                    self._listen(page)
            except ConnectionClosed as closed:
                self.code = closed.rcvd.code if closed.rcvd else 1006
                self.is_over = True

    def _listen(self, page: ClientConnection) -> None:
        try:
            event = json.loads(page.recv(timeout=0.2))
        except TimeoutError:
            return
        if event["type"] == self.kind:
            self.worked()
        elif event["type"] in {"document.removed", "run.failed"}:
            self.is_over = True


class Pinging(Listening):
    """A page's socket that follows nothing; it works while a ping is answered."""

    def __init__(self, name: str, url: str, headers: Mapping[str, str]) -> None:
        super().__init__(name, url, headers, {}, "pong")

    def _listen(self, page: ClientConnection) -> None:
        page.send(json.dumps({"type": "ping"}))
        super()._listen(page)
        time.sleep(PAUSE_SECONDS)


class Downloading(Channel):
    """A download over a small buffer, read 16 KB each 20 ms; it works while bytes come, and is over when it breaks off."""

    def __init__(self, name: str, url: str, headers: Mapping[str, str]) -> None:
        super().__init__(name)
        self.url, self.headers = urlsplit(url), dict(headers)

    def use(self) -> None:
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
            connection.settimeout(30)
            connection.connect((self.url.hostname or "", self.url.port or 80))
            lines = [f"GET {self.url.path} HTTP/1.1", f"Host: {self.url.netloc}", *(f"{name}: {value}" for name, value in self.headers.items())]
            connection.sendall("\r\n".join([*lines, "", ""]).encode())
            status = connection.recv(12)
            if status != b"HTTP/1.1 200":
                raise RuntimeError(f"the file is refused: {status!r}")
            try:
                while not self.stopped.is_set() and connection.recv(16 * 1024):
                    self.worked()
                    time.sleep(PAUSE_SECONDS)
            except ConnectionResetError:
                self.is_over = True


class Waiting(Channel):
    """A question that a program waits for. Until an answer comes that is none, it counts as working."""

    def __init__(self, name: str, url: str, headers: Mapping[str, str], question: str) -> None:
        super().__init__(name)
        self.url, self.headers, self.question = urlsplit(url), dict(headers), question
        self.status = 0

    def use(self) -> None:
        connection = http.client.HTTPConnection(self.url.netloc, timeout=120)
        self.worked()
        connection.request("POST", "/api/v1/query", json.dumps({"question": self.question}), {**self.headers, "Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        self.status = answer.status
        if answer.status == 200:
            raise RuntimeError("the question was answered")
        self.worked()
        self.is_over = True
