"""A page that reads one run along, from outside and to its end, whatever happens to its connection; it counts what is lost and what comes twice."""

import json
import socket
import struct
import threading
import time
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

PAUSE_SECONDS = 0.2
SILENCE_SECONDS = 20.0
OPEN_SECONDS = 10.0
SEQ_PER_ATTEMPT = 1_000_000
ENDINGS = ("run.completed", "run.failed", "run.cancelled")


class PageReader(threading.Thread):
    """`text` is what the page shows: a new attempt replaces it. `cut_at`: the event after which it resets its own connection, once."""

    def __init__(self, url: str, cookie: str, run_id: str, *, seconds: float, cut_at: int = 0) -> None:
        super().__init__(name=f"reader of {run_id}", daemon=True)
        self.url, self.cookie, self.run_id = url, cookie, run_id
        self.until = time.monotonic() + seconds
        self.cut_at = cut_at
        self.text = ""
        self.ending: dict[str, Any] = {}
        self.last = 0
        self.seen: set[int] = set()
        self.gaps: list[tuple[int, int]] = []
        self.doubled: list[int] = []
        # When each attempt was first heard of.
        self.attempts: dict[int, float] = {}
        # Who comes back to a run that is over is told its ending alone, and fetches the answer.
        self.is_whole = True
        self.trouble = ""

    def run(self) -> None:
        while not self.ending and time.monotonic() < self.until:
            try:
                self._follow()
            except (WebSocketException, OSError, TimeoutError) as trouble:
                self.trouble = repr(trouble)
                time.sleep(PAUSE_SECONDS)

    def _follow(self) -> None:
        headers = {"Cookie": f"sessionid={self.cookie}", "Origin": self.url}
        address = self.url.replace("http", "ws", 1) + "/ws/"
        with connect(address, additional_headers=headers, open_timeout=OPEN_SECONDS, close_timeout=1) as page:
            page.send(json.dumps({"type": "subscribe", "topic": "run", "id": self.run_id, "after": self.last}))
            while not self.ending and time.monotonic() < self.until:
                self._take(json.loads(page.recv(timeout=SILENCE_SECONDS)))
                if self.cut_at and len(self.seen) >= self.cut_at:
                    self.cut_at = 0
                    _reset(page)

    def _take(self, event: dict[str, Any]) -> None:
        if event.get("run") != self.run_id:
            self.trouble = str(event)
            return
        seq, kind = event["seq"], event["type"]
        if seq in self.seen or seq < self.last:
            self.doubled.append(seq)
        elif not self._follows_on(seq):
            if kind in ENDINGS:
                self.is_whole = False
            else:
                self.gaps.append((self.last, seq))
        self.seen.add(seq)
        self.attempts.setdefault(seq // SEQ_PER_ATTEMPT, time.monotonic())
        self.last = max(self.last, seq)
        if kind == "run.started":
            self.text = ""
        elif kind == "text.delta":
            self.text += event["text"]
        elif kind in ENDINGS:
            self.ending = event

    def _follows_on(self, seq: int) -> bool:
        return seq == self.last + 1 or (seq // SEQ_PER_ATTEMPT > self.last // SEQ_PER_ATTEMPT and seq % SEQ_PER_ATTEMPT == 1)


def _reset(page: ClientConnection) -> None:
    """As a lost network does: nothing is said, and what is under way does not arrive."""
    page.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    page.socket.close()
    raise ConnectionResetError("cut by ourselves")
