"""A scripted model server that speaks the OpenAI protocol over real HTTP: chat completions (streamed or not), embeddings, models.

    with FakeOpenAI() as server:
        server.enqueue(["Rotate it ", Wait("gate"), "yearly. [1]"])   # one reply; the next call gets the next one
        server.release("gate")
        server.requests[0].body["messages"]

Without a script it answers every chat with `default_reply` and every text with a vector made of its words.
As a process: `python -m tests.fakes.openai_server --port 9000 --script replies.json`, then POST to /control/enqueue,
/control/release and /control/reset, GET /control/requests.
"""

import argparse
import hashlib
import json
import socket
import struct
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.fakes.scripts import (
    Counting,
    Cut,
    CutAt,
    Delta,
    End,
    Fault,
    Finish,
    Raw,
    Status,
    Step,
    Tokens,
    Tool,
    Vectors,
    Wait,
    Whole,
    error_body,
    read_step,
)

GATE_SECONDS = 30
DEFAULT_REPLY: tuple[Step, ...] = ("The first passage ", "says so. [1]")


@dataclass(frozen=True)
class Recorded:
    """A request as it came. `headers` by lower-case names."""

    path: str
    body: dict[str, Any]
    authorization: str | None
    headers: dict[str, str] = field(default_factory=dict)


class FakeOpenAI:
    """The server and its script. One thread a connection, so a waiting reply holds up nobody else."""

    def __init__(self, port: int = 0, dimension: int = 8) -> None:
        self.dimension = dimension
        self.default_reply: Sequence[Step] = DEFAULT_REPLY
        self.requests: list[Recorded] = []
        self._replies: deque[list[Step]] = deque()
        self._gates: dict[str, threading.Event] = defaultdict(threading.Event)
        self._changed = threading.Condition()
        self._server = _Server(("127.0.0.1", port), type("Handler", (_Handler,), {"fake": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def base_url(self) -> str:
        return f"{self.address}/v1"

    def __enter__(self) -> "FakeOpenAI":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def serve(self) -> None:
        """Run in this thread until the process is stopped."""
        self._server.serve_forever()

    def close(self) -> None:
        for gate in list(self._gates.values()):
            gate.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def enqueue(self, *replies: Sequence[Step]) -> None:
        """Add replies for the next calls, each a list of steps."""
        self._replies.extend(list(reply) for reply in replies)

    def next_reply(self) -> list[Step] | None:
        return self._replies.popleft() if self._replies else None

    def reply_to(self, body: dict[str, Any]) -> list[Step] | None:
        """The next of the script; a fake with a mind of its own reads what it is asked."""
        return self.next_reply()

    def release(self, gate: str) -> None:
        self._gates[gate].set()

    def wait_at(self, gate: str) -> None:
        if not self._gates[gate].wait(GATE_SECONDS):
            raise TimeoutError(f"nobody released {gate}")

    def record(self, request: Recorded) -> None:
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()

    def wait_for_requests(self, count: int, seconds: float = GATE_SECONDS) -> None:
        """Return as soon as so many requests have come."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.requests) >= count, seconds):
                raise TimeoutError(f"{len(self.requests)} of {count} requests came")

    def reset(self) -> None:
        self.requests.clear()
        self._replies.clear()
        self._gates.clear()
        self.default_reply = DEFAULT_REPLY

    def vector(self, text: str) -> list[float]:
        """Texts that share words get vectors that point alike; never of length 1, as many servers' are not."""
        row = [0.0] * self.dimension
        for word in text.lower().split() or [""]:
            row[hashlib.sha256(word.encode()).digest()[0] % self.dimension] += 2.0
        return row


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A reader that went away, as a stopped run does, is no news; anything else is."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    fake: FakeOpenAI
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: a test reads `requests`."""

    def do_GET(self) -> None:
        if self.path == "/v1/models":
            self._send_json(200, {"object": "list", "data": [{"id": "fake-model", "object": "model", "created": 0, "owned_by": "tests"}]})
        elif self.path == "/control/requests":
            self._send_json(200, [asdict(request) for request in self.fake.requests])
        else:
            self._send_json(404, error_body("no such path", "invalid_request_error"))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        if self.path.startswith("/control/"):
            self._control(self.path.removeprefix("/control/"), body)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.fake.record(Recorded(self.path, body, self.headers.get("Authorization"), headers))
        reply = self.fake.reply_to(body)
        status = next((step for step in reply or () if isinstance(step, Status)), None)
        if status is not None:
            self._wait_before(reply or [], status)
            self._send_status(status)
        elif self.path == "/v1/chat/completions":
            self._chat(body, self.fake.default_reply if reply is None else reply)
        elif self.path == "/v1/embeddings":
            self._embed(body, reply)
        else:
            self._send_json(404, error_body("no such path", "invalid_request_error"))

    def _wait_before(self, reply: Sequence[Step], status: Status) -> None:
        for step in reply[: reply.index(status)]:
            if isinstance(step, Wait):
                self.fake.wait_at(step.gate)

    def _control(self, command: str, body: dict[str, Any]) -> None:
        if command == "enqueue":
            self.fake.enqueue(*([read_step(step) for step in reply] for reply in body["replies"]))
        elif command == "release":
            self.fake.release(body["gate"])
        elif command == "default":
            self.fake.default_reply = [read_step(step) for step in body["reply"]]
        elif command == "reset":
            self.fake.reset()
        self._send_json(200, {})

    def _chat(self, body: dict[str, Any], reply: Sequence[Step]) -> None:
        if not body.get("stream") or Whole() in reply:
            self._send_json(200, _whole(body, reply))
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        _Stream(self, body, reply).run()

    def close_hard(self) -> None:
        """With a reset: the reader must not take what came for a whole answer."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _embed(self, body: dict[str, Any], reply: Sequence[Step] | None) -> None:
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        vectors = next((step for step in reply or () if isinstance(step, Vectors)), None) or Vectors([self.fake.vector(text) for text in texts])
        indices: Iterable[int] = vectors.indices or range(len(vectors.rows))
        data = [{"object": "embedding", "index": index, "embedding": row} for index, row in zip(indices, vectors.rows, strict=True)]
        self._send_json(200, {"object": "list", "model": body["model"], "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}})

    def _send_status(self, status: Status) -> None:
        if isinstance(status.body, str):
            self._send(status.code, status.body.encode(), "text/html", status.headers)
        else:
            self._send_json(status.code, error_body() if status.body is None else status.body, status.headers)

    def _send_json(self, code: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self._send(code, json.dumps(body).encode(), "application/json", headers or {})

    def _send(self, code: int, data: bytes, kind: str, headers: dict[str, str]) -> None:
        self.send_response_only(code)
        headers = {"Date": self.date_time_string(), **headers}
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


class _Stream:
    """One answer of a chat as it streams, a step at a time."""

    def __init__(self, handler: _Handler, body: dict[str, Any], reply: Sequence[Step]) -> None:
        self._handler = handler
        self._reply = reply
        self._wants_usage = bool(body.get("stream_options", {}).get("include_usage"))
        self._usage: dict[str, int] | None = _usage(body, _texts(reply))
        self._reason = "tool_calls" if any(isinstance(step, Tool) for step in reply) else "stop"
        self._cut = next((step for step in reply if isinstance(step, CutAt)), None)
        self._sent = 0
        self._read: int | None = None
        self._wrote = 0

    def run(self) -> None:
        try:
            self._delta({"role": "assistant", "content": ""})
            for step in self._reply:
                self._take(step)
            self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": self._reason}]})
            if self._usage and self._wants_usage:
                self._event({"choices": [], "usage": self._usage})
            self._write(b"data: [DONE]\n\n")
        except _Ended:
            pass

    def _take(self, step: Step) -> None:
        match step:
            case str():
                self._wrote += 1
                self._delta({"content": step})
            case Tool(index, call_id, name, arguments):
                self._delta({"tool_calls": [_call(index, call_id, name, arguments)]})
            case Delta(fields):
                self._delta(fields)
            case Wait(gate):
                self._handler.fake.wait_at(gate)
            case Raw(data):
                self._write(data.encode())
            case Finish(said):
                self._reason = said
            case Counting(read):
                self._read = read
            case Tokens(read, wrote):
                self._usage = None if read is None else _count(read, wrote)
            case _:
                self._stop(step)

    def _stop(self, step: Step) -> None:
        match step:
            case Fault(error):
                self._write(f"data: {json.dumps({'error': error})}\n\n".encode())
                raise _Ended
            case Cut():
                # Half an event.
                self._write(b'data: {"choices": [{"index": 0, "del')
                self._handler.close_hard()
                raise _Ended
            case End():
                raise _Ended

    def _delta(self, delta: dict[str, Any]) -> None:
        usage = {} if self._read is None else {"usage": _count(self._read, self._wrote)}
        self._event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}], **usage})

    def _event(self, fields: dict[str, Any]) -> None:
        self._write(f"data: {json.dumps({**_frame('chat.completion.chunk'), **fields})}\n\n".encode())

    def _write(self, data: bytes) -> None:
        cut = self._cut
        if cut:
            data = data[: cut.offset - self._sent]
        self._handler.wfile.write(data)
        self._handler.wfile.flush()
        self._sent += len(data)
        if cut and self._sent >= cut.offset:
            if cut.is_reset:
                self._handler.close_hard()
            raise _Ended


class _Ended(Exception):
    """The script says that nothing more is sent."""


def _whole(body: dict[str, Any], reply: Sequence[Step]) -> dict[str, Any]:
    """An answer as one object."""
    message: dict[str, Any] = {"role": "assistant", "content": "".join(_texts(reply))}
    reason, usage = "stop", _usage(body, _texts(reply))
    for step in reply:
        match step:
            case Tool(index, call_id, name, arguments):
                calls = message.setdefault("tool_calls", [])
                if index == len(calls):
                    calls.append({key: value for key, value in _call(index, call_id, name, "").items() if key != "index"})
                calls[index]["function"]["arguments"] += arguments
                reason = "tool_calls"
            case Delta(fields):
                message |= fields
            case Finish(said):
                reason = said
            case Tokens(read, wrote) if read is not None:
                usage = _count(read, wrote)
    return {**_frame("chat.completion"), "choices": [{"index": 0, "message": message, "finish_reason": reason}], "usage": usage}


def _texts(reply: Sequence[Step]) -> list[str]:
    return [step for step in reply if isinstance(step, str)]


def _call(index: int, call_id: str, name: str, arguments: str) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments} if name else {"arguments": arguments}
    return {"index": index, **({"id": call_id, "type": "function"} if call_id else {}), "function": function}


def _frame(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-fake", "object": kind, "created": int(time.time()), "model": "fake-model"}


def _usage(body: dict[str, Any], texts: Sequence[str]) -> dict[str, int]:
    read, wrote = len(json.dumps(body.get("messages", [])).split()), len("".join(texts).split())
    return _count(read, wrote)


def _count(read: int, wrote: int) -> dict[str, int]:
    return {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote}


def main() -> None:
    parser = argparse.ArgumentParser(description="A scripted OpenAI-compatible server.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", type=Path, help="a JSON file: a list of replies, each a list of steps")
    options = parser.parse_args()
    server = FakeOpenAI(options.port)
    if options.script:
        server.enqueue(*([read_step(step) for step in reply] for reply in json.loads(options.script.read_text())))
    print(json.dumps({"base_url": server.base_url}), flush=True)
    server.serve()


if __name__ == "__main__":
    main()
