"""The messages of a conversation as OpenAI's protocol has them, taken apart into the gateway's own."""

from collections.abc import Sequence
from typing import Any

from apps.common.errors import Invalid
from apps.gateway.types import Block, ChatMessage, ImageBlock, TextBlock, ToolCall

MESSAGES_MAX = 2_000
_ROLES = ("system", "developer", "user", "assistant", "tool")
_FIELDS = frozenset({"role", "content", "name", "tool_calls", "tool_call_id", "refusal"})


# Any: JSON.
def read_messages(rows: Sequence[Any]) -> list[ChatMessage]:
    """Raises Invalid, which names the place."""
    if len(rows) > MESSAGES_MAX:
        raise Invalid(f"'messages' has to hold at most {MESSAGES_MAX}.", param="messages")
    return [_read(row, f"messages[{place}]") for place, row in enumerate(rows)]


def _read(row: Any, place: str) -> ChatMessage:
    if not isinstance(row, dict):
        raise _wrong(place, "an object")
    for name in row.keys() - _FIELDS:
        raise Invalid(f"Unknown field: '{place}.{name[:80]}'.", param=f"{place}.{name[:80]}")
    role = row.get("role")
    if role not in _ROLES:
        raise _wrong(f"{place}.role", f"one of {', '.join(_ROLES)}")
    calls = _read_calls(row.get("tool_calls"), role, f"{place}.tool_calls")
    answered: Any = row.get("tool_call_id") if role == "tool" else ""
    if role == "tool" and not (isinstance(answered, str) and answered):
        raise _wrong(f"{place}.tool_call_id", "the id of the call that this answers")
    content = row.get("content")
    if content is None and not calls:
        raise _wrong(f"{place}.content", "a text or a list of parts")
    return ChatMessage(role, _read_content(content or "", role, f"{place}.content"), calls, answered)


def _read_content(content: Any, role: str, place: str) -> str | list[Block]:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise _wrong(place, "a text or a list of parts")
    parts: list[Block] = [_read_part(part, f"{place}[{number}]") for number, part in enumerate(content)]
    if role == "user":
        return parts
    texts = [part["text"] for part in parts if part["type"] == "text"]
    if len(texts) < len(parts):
        raise _wrong(place, f"text only: a {role} message shows no pictures")
    return "".join(texts)


def _read_part(part: Any, place: str) -> TextBlock | ImageBlock:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind == "text" and isinstance(part.get("text"), str):
        return TextBlock(type="text", text=part["text"])
    image = part.get("image_url") if kind == "image_url" else None
    if isinstance(image, dict) and isinstance(image.get("url"), str) and image["url"].startswith(("data:image/", "https://")):
        return ImageBlock(type="image_url", image_url={name: image[name] for name in ("url", "detail") if name in image})
    raise _wrong(place, 'a part of type "text" with a text, or of type "image_url" with a data: or https: address')


def _read_calls(calls: Any, role: str, place: str) -> tuple[ToolCall, ...]:
    if calls is None:
        return ()
    if role != "assistant" or not isinstance(calls, list):
        raise _wrong(place, "a list, and of an assistant's message")
    return tuple(_read_call(call, f"{place}[{number}]") for number, call in enumerate(calls))


def _read_call(call: Any, place: str) -> ToolCall:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict) or not all(isinstance(text, str) for text in (call.get("id"), function.get("name"), function.get("arguments"))):
        raise _wrong(place, "a call of a function with id, name and arguments")
    return ToolCall(call["id"], function["name"], function["arguments"])


def _wrong(place: str, words: str) -> Invalid:
    return Invalid(f"'{place}' has to be {words}.", param=place)
