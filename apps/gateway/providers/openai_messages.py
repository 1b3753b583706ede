"""Messages, options and answers as OpenAI's protocol has them: from our types into its JSON, and back."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from apps.gateway.providers.prompting import render_blocks, render_tool_result
from apps.gateway.types import Block, ChatMessage, ChatOptions, ToolCallPart, Usage

# Any in this file: JSON.
_OURS = frozenset({"stream", "stream_options", "model", "messages"})
# What of a delta is no extra.
_KNOWN = frozenset({"role", "content", "tool_calls"})
# No call takes more; a number beyond it is no count, and no column holds it.
_MOST_TOKENS = 2**31 - 1


def request_body(model: str, messages: Sequence[ChatMessage], options: ChatOptions, *, has_stream_options: bool) -> bytes:
    body: dict[str, Any] = {name: value for name, value in options.parameters.items() if name not in _OURS}
    body |= {"model": model, "messages": [_message(message) for message in messages], "stream": True}
    if has_stream_options:
        body["stream_options"] = {"include_usage": True}
    return to_json(body)


def to_json(body: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:
        # Half a character pair, which no encoding has, becomes a question mark; and numbers of any size go as they are.
        return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def from_json(data: bytes) -> Any:
    """Raises ValueError."""
    try:
        return orjson.loads(data)
    except ValueError:
        try:
            # Some servers write NaN, or cut a character pair in two.
            return json.loads(json.dumps(json.loads(data), ensure_ascii=False).encode("utf-8", "replace"))
        except RecursionError as error:
            raise ValueError("too deep") from error


def _message(message: ChatMessage) -> dict[str, Any]:
    if isinstance(message.content, str):
        content: str | list[Any] = message.content
    else:
        # A tool's result as blocks is our own agent's; what a program sends goes on as it wrote it.
        content = render_tool_result(message.content) if message.role == "tool" else _content(message.content)
    wanted: dict[str, Any] = {"role": message.role, "content": content}
    if message.tool_calls:
        wanted["content"] = content or None
        wanted["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}} for call in message.tool_calls
        ]
    if message.role == "tool":
        wanted["tool_call_id"] = message.tool_call_id
    return wanted


def _content(blocks: Sequence[Block]) -> str | list[Any]:
    """One text, or parts where there are pictures: the passages first, then the rest in its order."""
    if not any(block["type"] == "image_url" for block in blocks):
        return render_blocks(blocks)
    passages = render_blocks([block for block in blocks if block["type"] == "passage"])
    rest = [block for block in blocks if block["type"] != "passage"]
    return [{"type": "text", "text": passages}, *rest] if passages else rest


def read_text(content: Any) -> str:
    """A text, or the texts of its parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(part["text"] for part in content if isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str))
    return ""


def read_extra(delta: Mapping[str, Any], choice: Mapping[str, Any]) -> dict[str, Any] | None:
    extra = {name: value for name, value in delta.items() if value and name not in _KNOWN} if delta.keys() - _KNOWN else {}
    if choice.get("logprobs"):
        extra["logprobs"] = choice["logprobs"]
    return extra or None


def read_usage(usage: Any) -> Usage | None:
    """None where it is not said; 0 is said."""
    if not isinstance(usage, dict):
        return None
    read, wrote = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    return None if read is None or wrote is None else Usage(read, wrote, estimated=False)


def _count(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value <= _MOST_TOKENS else None


def read_input_tokens(usage: Any) -> int | None:
    return _count(usage.get("prompt_tokens")) if isinstance(usage, dict) else None


class ToolCallReader:
    """Pieces of tool calls. Not every server numbers them: then one with an id of its own is the next call, and one without goes on with the last."""

    def __init__(self) -> None:
        self._last = -1
        self._ids: dict[int, str] = {}

    def read(self, parts: Any) -> tuple[ToolCallPart, ...]:
        """Raises ValueError for what is no list of objects."""
        if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
            raise ValueError("no tool calls")
        return tuple(map(self._part, parts))

    def _part(self, part: dict[str, Any]) -> ToolCallPart:
        function = part.get("function")
        named = function if isinstance(function, dict) else {}
        call_id, arguments = part.get("id") or "", named.get("arguments") or ""
        if not isinstance(arguments, str):
            # Some servers send the object and not its text.
            arguments = to_json(arguments).decode()
        index = self._index(part.get("index"), str(call_id))
        return ToolCallPart(index, str(call_id), str(named.get("name") or ""), arguments)

    def _index(self, told: Any, call_id: str) -> int:
        is_next = self._last < 0 or (call_id and call_id != self._ids.get(self._last))
        index = int(told) if isinstance(told, int) else self._last + 1 if is_next else self._last
        self._last = index
        if call_id:
            self._ids[index] = call_id
        return index
