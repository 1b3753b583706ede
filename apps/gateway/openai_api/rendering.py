"""Answers in OpenAI's shape: whole, or as a stream of events. Each event is put together from bytes made once, as there are many."""

import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from apps.gateway.types import Chunk, ToolCallPart, Usage

DONE = b"data: [DONE]\n\n"


class ChatRenderer:
    """One answer's frame: its id, its model's public name, and when it was made."""

    def __init__(self, call_id: UUID, model: str, *, has_usage: bool = False) -> None:
        self._id = f"chatcmpl-{call_id.hex}"
        self._model = model
        self._created = int(time.time())
        self._has_usage = has_usage
        frame = orjson.dumps({"id": self._id, "object": "chat.completion.chunk", "created": self._created, "model": model})
        # Without its closing brace, up to the delta.
        self._head = b"data: " + frame[:-1] + b',"choices":[{"index":0,"delta":'
        self._tail = b',"usage":null}\n\n' if has_usage else b"}\n\n"
        self._frame = frame

    def opening(self) -> bytes:
        return self._event({"role": "assistant", "content": ""}, None)

    def event(self, chunk: Chunk) -> bytes:
        """The chunk as one event; nothing for one that says nothing but what it cost."""
        delta: dict[str, Any] = {}
        extra = dict(chunk.extra or {})
        logprobs = extra.pop("logprobs", None)
        if chunk.text:
            delta["content"] = chunk.text
        if chunk.tool_calls:
            delta["tool_calls"] = [_part(part) for part in chunk.tool_calls]
        delta.update(extra)
        return self._event(delta, chunk.finish_reason, logprobs) if delta or chunk.finish_reason or logprobs else b""

    def closing(self, usage: Usage | None) -> bytes:
        """What ends a whole stream: what it cost, where that was asked for, and the mark that nothing was cut off."""
        if not self._has_usage or usage is None:
            return DONE
        return b"data: " + self._frame[:-1] + b',"choices":[],"usage":' + orjson.dumps(usage_body(usage)) + b"}\n\n" + DONE

    def whole(self, chunks: Sequence[Chunk]) -> bytes:
        """The answer as one object."""
        text = "".join(chunk.text for chunk in chunks)
        calls = _join_calls([part for chunk in chunks for part in chunk.tool_calls])
        extra, logprobs = _join_extra(chunks)
        message: dict[str, Any] = {"role": "assistant", "content": text if text or not calls else None, "refusal": None, **extra}
        if calls:
            message["tool_calls"] = calls
        reason = next((chunk.finish_reason for chunk in reversed(chunks) if chunk.finish_reason), "stop")
        body: dict[str, Any] = {
            "id": self._id,
            "object": "chat.completion",
            "created": self._created,
            "model": self._model,
            "choices": [{"index": 0, "message": message, "logprobs": logprobs, "finish_reason": reason}],
        }
        if usage := next((chunk.usage for chunk in reversed(chunks) if chunk.usage), None):
            body["usage"] = usage_body(usage)
        return orjson.dumps(body)

    def _event(self, delta: Mapping[str, Any], reason: str | None, logprobs: Any = None) -> bytes:
        middle = b',"logprobs":' + orjson.dumps(logprobs) if logprobs else b""
        end = b',"finish_reason":' + (orjson.dumps(reason) if reason else b"null") + b"}]"
        return self._head + orjson.dumps(delta) + middle + end + self._tail


def usage_body(usage: Usage) -> dict[str, Any]:
    """`estimated` is ours: we counted, as the provider did not say."""
    body: dict[str, Any] = {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }
    return {**body, "estimated": True} if usage.estimated else body


def _part(part: ToolCallPart) -> dict[str, Any]:
    function = {name: value for name, value in (("name", part.name), ("arguments", part.arguments)) if value or name == "arguments"}
    head = {"index": part.index, "id": part.id, "type": "function"} if part.id else {"index": part.index}
    return {**head, "function": function}


def _join_calls(parts: Sequence[ToolCallPart]) -> list[dict[str, Any]]:
    calls: dict[int, dict[str, Any]] = {}
    for part in parts:
        call = calls.setdefault(part.index, {"id": "", "type": "function", "function": {"name": "", "arguments": ""}})
        call["id"] = call["id"] or part.id
        call["function"]["name"] += part.name
        call["function"]["arguments"] += part.arguments
    return [calls[index] for index in sorted(calls)]


def _join_extra(chunks: Sequence[Chunk]) -> tuple[dict[str, Any], Any]:
    """What else was said, text joined to text; and the log probabilities, which stand beside the message."""
    joined: dict[str, Any] = {}
    logprobs: dict[str, list[Any]] = {}
    for extra in [chunk.extra for chunk in chunks if chunk.extra]:
        for name, value in extra.items():
            if name == "logprobs" and isinstance(value, dict):
                for part, rows in value.items():
                    logprobs.setdefault(part, []).extend(rows or [])
            elif isinstance(value, str) and isinstance(joined.get(name), str):
                joined[name] += value
            else:
                joined[name] = value
    return joined, logprobs or None
