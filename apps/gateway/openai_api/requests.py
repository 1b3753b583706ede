"""What a program sent, taken apart and checked: the fields of OpenAI's chat completions and embeddings, each with its type and its range.

A field that is not known is refused by its name, as OpenAI does: one that was silently dropped would be looked for in the answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest

from apps.common.errors import Invalid, Malformed, TooLarge
from apps.gateway.openai_api.messages import read_messages
from apps.gateway.types import ChatRequest

# Any: JSON of whatever kind somebody sent.
Check = Callable[[Any], bool]

MODEL_CHARS = 200
TOOLS_MAX = 128
DEPTH_MAX = 100
STOPS_MAX = 4
INPUTS_MAX = 2_048


@dataclass(frozen=True, slots=True)
class EmbeddingRequest:
    model: str
    texts: Sequence[str]
    is_base64: bool
    dimension: int | None


def _is_number(least: float, most: float) -> Check:
    return lambda value: type(value) in (int, float) and least <= value <= most


def _is_integer(least: int, most: int = 2**63 - 1) -> Check:
    return lambda value: type(value) is int and least <= value <= most


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MODEL_CHARS


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_stop(value: Any) -> bool:
    stops = value if isinstance(value, list) else [value]
    return len(stops) <= STOPS_MAX and all(isinstance(stop, str) and 0 < len(stop) <= MODEL_CHARS for stop in stops)


def _is_format(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") in ("text", "json_object", "json_schema")


def _is_tools(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= TOOLS_MAX and all(_is_tool(tool) for tool in value)


def _is_tool(tool: Any) -> bool:
    function = tool.get("function") if isinstance(tool, dict) and tool.get("type") == "function" else None
    return isinstance(function, dict) and isinstance(function.get("name"), str) and 0 < len(function["name"]) <= MODEL_CHARS


# What goes on to the model, with what it has to be.
_PARAMETERS: Mapping[str, tuple[Check, str]] = {
    "temperature": (_is_number(0, 2), "a number from 0 to 2"),
    "top_p": (_is_number(0, 1), "a number from 0 to 1"),
    "max_tokens": (_is_integer(1), "a whole number of at least 1"),
    "max_completion_tokens": (_is_integer(1), "a whole number of at least 1"),
    "presence_penalty": (_is_number(-2, 2), "a number from -2 to 2"),
    "frequency_penalty": (_is_number(-2, 2), "a number from -2 to 2"),
    "repetition_penalty": (_is_number(0, 10), "a number from 0 to 10"),
    "top_k": (_is_integer(-1), "a whole number"),
    "min_p": (_is_number(0, 1), "a number from 0 to 1"),
    "stop": (_is_stop, f"a text or up to {STOPS_MAX} of them"),
    "seed": (_is_integer(-(2**63)), "a whole number"),
    "response_format": (_is_format, 'an object whose type is "text", "json_object" or "json_schema"'),
    "tools": (_is_tools, f"1 to {TOOLS_MAX} functions, each with a name"),
    "tool_choice": (lambda value: value in ("none", "auto", "required") or _is_object(value), '"none", "auto", "required" or a function'),
    "parallel_tool_calls": (_is_flag, "true or false"),
    "logprobs": (_is_flag, "true or false"),
    "top_logprobs": (_is_integer(0, 20), "a whole number from 0 to 20"),
    "logit_bias": (_is_object, "an object"),
    "reasoning_effort": (_is_text, "a word such as low, medium or high"),
    "verbosity": (_is_text, "a word such as low, medium or high"),
}
# What is taken and stays here: who asks is known by the key, and nobody keeps anything for anybody else.
_OURS: Mapping[str, tuple[Check, str]] = {
    "model": (_is_text, "a text"),
    "messages": (lambda value: isinstance(value, list), "a list"),
    "stream": (_is_flag, "true or false"),
    "stream_options": (_is_object, "an object"),
    "n": (lambda value: value == 1 and type(value) is int, "1: ask again for another answer"),
    "user": (_is_text, "a text"),
    "safety_identifier": (_is_text, "a text"),
    "prompt_cache_key": (_is_text, "a text"),
    "metadata": (_is_object, "an object"),
    "store": (_is_flag, "true or false"),
    "service_tier": (_is_text, "a text"),
}
_EMBEDDING: Mapping[str, tuple[Check, str]] = {
    "model": (_is_text, "a text"),
    "input": (lambda value: True, ""),
    "encoding_format": (lambda value: value in ("float", "base64"), '"float" or "base64"'),
    "dimensions": (_is_integer(1, 100_000), "a whole number of at least 1"),
    "user": (_is_text, "a text"),
}


def read_chat_request(request: HttpRequest) -> ChatRequest:
    """Raises TooLarge, Malformed or Invalid, which names the field."""
    body = _read_body(request)
    given = _checked(body, {**_PARAMETERS, **_OURS})
    _require(given, "model", "messages")
    options = given.get("stream_options") or {}
    return ChatRequest(
        model=given["model"],
        messages=read_messages(given["messages"]),
        parameters={name: given[name] for name in _PARAMETERS if name in given},
        is_streamed=bool(given.get("stream")),
        has_usage=bool(options.get("include_usage")),
    )


def read_embedding_request(request: HttpRequest) -> EmbeddingRequest:
    """As for chats. Lists of token numbers are of a model's own making, and not taken."""
    given = _checked(_read_body(request), _EMBEDDING)
    _require(given, "model", "input")
    texts = [given["input"]] if isinstance(given["input"], str) else given["input"]
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise Invalid("'input' has to be a text or a list of texts.", param="input")
    if not 0 < len(texts) <= INPUTS_MAX or not all(texts):
        raise Invalid(f"'input' has to hold 1 to {INPUTS_MAX} texts, none of them empty.", param="input")
    return EmbeddingRequest(given["model"], texts, given.get("encoding_format") == "base64", given.get("dimensions"))


def _read_body(request: HttpRequest) -> dict[str, Any]:
    limit = settings.QUIRE_API_BODY_MAX_BYTES
    # Asked before it is read: nobody waits for what is refused anyway.
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit or len(body := request.body) > limit:
        raise TooLarge(f"The body is larger than {limit:,} bytes. Send less text.")
    try:
        found = orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError):
        raise Malformed("The body is not valid JSON.") from None
    if not isinstance(found, dict):
        raise Malformed("The body has to be a JSON object.")
    _require_flat(found)
    return found


def _require_flat(body: dict[str, Any]) -> None:
    """No deeper than any schema is, so that whatever walks through it may call itself."""
    level: list[Any] = [body]
    for _ in range(DEPTH_MAX):
        level = [child for node in level for child in (node.values() if isinstance(node, dict) else node) if isinstance(child, dict | list)]
        if not level:
            return
    raise Malformed(f"The body is nested deeper than {DEPTH_MAX} levels.")


def _checked(body: Mapping[str, Any], known: Mapping[str, tuple[Check, str]]) -> dict[str, Any]:
    """What is given and fits. null is as good as left out, as some clients send it for everything."""
    given = {name: value for name, value in body.items() if value is not None}
    for name, value in given.items():
        if name not in known:
            raise Invalid(f"Unknown field: '{name[:80]}'.", param=name[:80])
        check, words = known[name]
        if not check(value):
            raise Invalid(f"'{name}' has to be {words}.", param=name)
    return given


def _require(given: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if not given.get(name):
            raise Invalid(f"'{name}' is missing or empty.", param=name)
