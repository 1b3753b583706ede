"""A model that never stops writing: it tells when it was read last for which question, and when nobody reads any more."""

import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PAUSE_SECONDS = 0.02


class EndlessModel:
    """Use as a context manager. `last` and `closed` go by a word of the question: who asked."""

    def __init__(self) -> None:
        self.last: dict[str, float] = {}
        self.closed: set[str] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"model": self}))
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> "EndlessModel":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    model: EndlessModel
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        who = next(word for word in json.dumps(asked).replace("?", " ").split() if word.startswith("asker-"))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        words = iter(["The ", "plan ", "is ", "written. ", "[1]\n\n"])
        try:
            while not self._is_gone():
                self.wfile.write(_chunk(next(words, "word ")))
                self.model.last[who] = time.monotonic()
                time.sleep(PAUSE_SECONDS)
        except OSError:
            pass
        self.model.closed.add(who)
        self.close_connection = True

    def _is_gone(self) -> bool:
        self.connection.setblocking(False)
        try:
            return self.connection.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        finally:
            self.connection.setblocking(True)

    def log_message(self, *arguments: Any) -> None:
        """Says nothing."""


def _chunk(text: str) -> bytes:
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}
    return b"data: " + json.dumps({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "endless", "choices": [choice]}).encode() + b"\n\n"
