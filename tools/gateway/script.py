"""What the scripted upstream does with a call. The prompt itself says so, in words such as `call=17 tokens=64 status=503 times=1 on=first`.

So whoever makes the calls knows what must come of each, and no order of arrival changes it. What a prompt does not say is as `/control/defaults` has it.
"""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from itertools import cycle, islice
from typing import Any

_SAID = re.compile(rb"\b(call|billed|tokens|delay|status|times|on|cut|cut_at|reset|after|usage|stamp)=([a-z0-9-]{1,20})\b")
_SENTENCE = "The lighthouse keeper writes down each ship that passes the northern pier , with the hour and the colour of its flag"
LAST = " [1]"


@dataclass(frozen=True)
class Script:
    """One call. A failure (`status`, `cut`, `cut_at`) is that of the model `on` (empty: any) and of its first `times` tries (0: all)."""

    call: int = -1
    # Tokens of input on the bill; 0: a quarter of the bytes.
    billed: int = 0
    tokens: int = 64
    # Milliseconds before each token.
    delay: int = 0
    status: int = 0
    times: int = 0
    on: str = ""
    # Break off after so many tokens, or so many bytes of the stream; -1: never. `reset` breaks off with an RST.
    cut: int = -1
    cut_at: int = -1
    reset: int = 0
    # Seconds in `Retry-After` of a failure; 0: none.
    after: int = 0
    usage: int = 1
    # 1: each token is the moment at which it was written, in milliseconds of the machine's monotonic clock.
    stamp: int = 0
    # What is said, in words; empty: `tokens` words of no meaning.
    text: str = ""

    def is_trouble(self, model: str, earlier: int) -> bool:
        is_here = not self.on or self.on == model
        return is_here and (not self.times or earlier < self.times) and (self.status > 0 or self.cut >= 0 or self.cut_at >= 0)

    def without_trouble(self) -> "Script":
        return replace(self, status=0, cut=-1, cut_at=-1)

    def words(self) -> tuple[str, ...]:
        return _split(self.text) if self.text else words_of(self.tokens)


_KINDS = {field.name: field.type for field in fields(Script)}


def read_script(body: bytes, defaults: Script) -> Script:
    """Read what the prompt says out of the raw request."""
    said = {name.decode(): value.decode() for name, value in _SAID.findall(body)}
    return replace(defaults, **{name: value if _KINDS[name] is str else int(value) for name, value in said.items()}) if said else defaults


def make_script(said: Mapping[str, Any]) -> Script:
    return Script(**said)


@lru_cache(maxsize=512)
def words_of(count: int) -> tuple[str, ...]:
    """So many tokens; the last one tells a reader that nothing is missing."""
    words = islice(cycle(_SENTENCE.split()), max(0, count - 1))
    return (*(f" {word}" if number else word for number, word in enumerate(words)), LAST)


@lru_cache(maxsize=64)
def _split(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\s*\S+", text))


def event(model: str, **said: Any) -> bytes:
    frame = {"id": "chatcmpl-scripted", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": model, **said}
    return b"data: " + json.dumps(frame, separators=(",", ":")).encode() + b"\n\n"


@lru_cache(maxsize=512)
def events_of(model: str, words: tuple[str, ...]) -> tuple[bytes, ...]:
    """The role, each token, and the end; what was billed comes after them."""

    def choice(delta: dict[str, str], reason: str | None) -> list[dict[str, Any]]:
        return [{"index": 0, "delta": delta, "finish_reason": reason}]

    role = event(model, choices=choice({"role": "assistant", "content": ""}, None))
    return (role, *(event(model, choices=choice({"content": word}, None)) for word in words), event(model, choices=choice({}, "stop")))


def stamped(model: str) -> bytes:
    """A token that says when it was written."""
    moment = f" {time.monotonic() * 1000:.1f}"
    return event(model, choices=[{"index": 0, "delta": {"content": moment}, "finish_reason": None}])


def usage_of(read: int, wrote: int) -> dict[str, int]:
    return {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote}
