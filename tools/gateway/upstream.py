"""A scripted model server that is light enough not to be what is measured, with its own ledger: `python -m tools.gateway.upstream`.

It speaks /v1/chat/completions (stream and not), /v1/embeddings and /v1/models. Every token of a stream is written by itself. What it
bills is what it wrote until it noticed that nobody reads. GET /control/ledger gives one row a call; POST /control/defaults sets what prompts do not say.
"""

import argparse
import asyncio
import json
import socket
import struct
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tools.gateway.script import Script, event, events_of, make_script, read_script, stamped, usage_of

DIMENSION = 8
MODELS = ("first", "second", "embedder")
_HEAD_END = b"\r\n\r\n"
_STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_DONE = b"data: [DONE]\n\n"
_REASONS = {200: "OK", 404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}


@dataclass
class Upstream:
    """What it was asked, and what it bills for it: [call, model, input, output, ending] a row."""

    defaults: Script = field(default_factory=Script)
    ledger: list[list[Any]] = field(default_factory=list)
    tries: Counter[tuple[int, str]] = field(default_factory=Counter)

    def script_of(self, body: bytes, model: str) -> Script:
        script = read_script(body, self.defaults)
        key = (script.call, model)
        self.tries[key] += 1
        return script if script.is_trouble(model, self.tries[key] - 1) else script.without_trouble()

    def bill(self, script: Script, model: str, read: int, wrote: int, ending: str) -> None:
        self.ledger.append([script.call, model, read, wrote, ending])

    def control(self, path: str, body: bytes) -> Any:
        if path == "/control/defaults":
            self.defaults = make_script(json.loads(body or b"{}"))
            self.tries.clear()
        elif path == "/control/reset":
            self.ledger.clear()
            self.tries.clear()
        return self.ledger if path == "/control/ledger" else {"calls": len(self.ledger)}


class Connection(asyncio.Protocol):
    """One connection, kept alive; one request after the other."""

    transport: asyncio.Transport

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self.buffer = b""
        self.writing: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (request := self._take_request()) is not None:
            self._answer(*request)

    def _take_request(self) -> tuple[str, bytes] | None:
        head, found, rest = self.buffer.partition(_HEAD_END)
        if not found:
            return None
        length = next((int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"), 0)
        if len(rest) < length:
            return None
        self.buffer = rest[length:]
        return head.split(b" ", 2)[1].decode(), rest[:length]

    def _answer(self, path: str, body: bytes) -> None:
        if path.startswith("/control/"):
            self._send(200, self.upstream.control(path, body))
        elif path.endswith("/chat/completions"):
            self._chat(json.loads(body), body)
        elif path.endswith("/embeddings"):
            self._embed(json.loads(body), body)
        elif path.endswith("/models"):
            self._send(200, {"object": "list", "data": [{"id": name, "object": "model", "created": 0, "owned_by": "script"} for name in MODELS]})
        else:
            self._send(404, {"error": {"message": "no such path", "type": "invalid_request_error"}})

    def _chat(self, asked: dict[str, Any], body: bytes) -> None:
        model = asked["model"]
        script = self.upstream.script_of(body, model)
        read = script.billed or len(body) // 4
        if script.status:
            self._fail(script, model)
        elif asked.get("stream"):
            wants_usage = bool((asked.get("stream_options") or {}).get("include_usage")) and bool(script.usage)
            self._stream(script, model, read, wants_usage)
        else:
            self._whole(script, model, read)

    def _fail(self, script: Script, model: str) -> None:
        self.upstream.bill(script, model, 0, 0, str(script.status))
        said = {"error": {"message": "as the script says", "type": "server_error", "code": None, "param": None}}
        self._send(script.status, said, f"Retry-After: {script.after}\r\n" if script.after else "")

    def _whole(self, script: Script, model: str, read: int) -> None:
        words = script.words()
        message = {"role": "assistant", "content": "".join(words)}
        said: dict[str, Any] = {
            "id": "chatcmpl-scripted",
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": model,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        }
        if script.usage:
            said["usage"] = usage_of(read, len(words))
        if script.cut >= 0 or script.cut_at >= 0:
            self.upstream.bill(script, model, 0, 0, "cut")
            self.transport.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"id": "chat')
            self._break(script)
        elif script.delay:
            self.writing = asyncio.ensure_future(self._send_later(script, model, read, said))
        else:
            self.upstream.bill(script, model, read, len(words), "done")
            self._send(200, said)

    async def _send_later(self, script: Script, model: str, read: int, said: dict[str, Any]) -> None:
        words = len(script.words())
        await asyncio.sleep(script.delay * words / 1000)
        self.upstream.bill(script, model, read, words, "done")
        self._send(200, said)

    # --- streams

    def _stream(self, script: Script, model: str, read: int, wants_usage: bool) -> None:
        """Write all at once where nothing is to be waited for, else bit by bit in a task."""
        if script.delay:
            self.writing = asyncio.ensure_future(self._stream_slowly(script, model, read, wants_usage))
            return
        pieces = self._pieces(script, model, read, wants_usage)
        self.transport.write(_STREAM_HEAD)
        for piece in pieces:
            self.transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self._end(script, model, read, pieces)

    async def _stream_slowly(self, script: Script, model: str, read: int, wants_usage: bool) -> None:
        pieces = self._pieces(script, model, read, wants_usage)
        self.transport.write(_STREAM_HEAD)
        for number, piece in enumerate(pieces):
            await asyncio.sleep(script.delay / 1000)
            if self.transport.is_closing():
                self.upstream.bill(script, model, read, _tokens_in(pieces[:number]), "gone")
                return
            if script.stamp and 0 < number <= script.tokens:
                piece = stamped(model)
            self.transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self._end(script, model, read, pieces)

    def _pieces(self, script: Script, model: str, read: int, wants_usage: bool) -> list[bytes]:
        words = script.words()
        pieces = [*events_of(model, words)]
        if wants_usage:
            pieces.append(event(model, choices=[], usage=usage_of(read, len(words))))
        pieces.append(_DONE)
        if script.cut >= 0:
            return pieces[: 1 + script.cut]
        return _cut_bytes(pieces, script.cut_at) if script.cut_at >= 0 else pieces

    def _end(self, script: Script, model: str, read: int, pieces: list[bytes]) -> None:
        is_cut = script.cut >= 0 or script.cut_at >= 0
        self.upstream.bill(script, model, read, _tokens_in(pieces), "cut" if is_cut else "done")
        if is_cut:
            self._break(script)
        else:
            self.transport.write(b"0\r\n\r\n")

    def _break(self, script: Script) -> None:
        """End the connection in the middle: politely, so that what was written arrives, or with a reset."""
        if script.reset:
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.close()

    # --- the rest

    def _embed(self, asked: dict[str, Any], body: bytes) -> None:
        model, texts = asked["model"], asked["input"]
        script = self.upstream.script_of(body, model)
        if script.status:
            self._fail(script, model)
            return
        texts = [texts] if isinstance(texts, str) else texts
        read = script.billed or len(body) // 4
        self.upstream.bill(script, model, read, 0, "done")
        row = [0.0] * (DIMENSION - 1) + [1.0]
        data = [{"object": "embedding", "index": index, "embedding": row} for index in range(len(texts))]
        self._send(200, {"object": "list", "model": model, "data": data, "usage": {"prompt_tokens": read, "total_tokens": read}})

    def _send(self, status: int, said: Any, headers: str = "") -> None:
        data = json.dumps(said).encode()
        head = f"HTTP/1.1 {status} {_REASONS.get(status, 'Failed')}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n{headers}\r\n"
        self.transport.write(head.encode() + data)


def _tokens_in(pieces: list[bytes]) -> int:
    """Each event with a word in it is a token, the cut one too: it was made, whether it arrived or not."""
    return sum(b'"content":"' in piece and b'"content":""' not in piece for piece in pieces)


def _cut_bytes(pieces: list[bytes], offset: int) -> list[bytes]:
    kept: list[bytes] = []
    for piece in pieces:
        if offset <= 0:
            break
        kept.append(piece[:offset])
        offset -= len(piece)
    return kept


async def serve(port: int) -> None:
    upstream = Upstream()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(upstream), "127.0.0.1", port, backlog=1024)
    print(json.dumps({"base_url": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"}), flush=True)
    async with server:
        await server.serve_forever()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, default=0)
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(parser.parse_args().port))
    return 0


if __name__ == "__main__":
    sys.exit(main())
