"""Which calls may be answered by what was answered before, and what has to be the same for that.

A key holds all that an answer hangs on. What is left out of it is what one caller may be given of another, so it is little: whether the
answer is streamed, and, where questions are compared by meaning, the words of the last one.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from apps.gateway.caching.canonical import canonical
from apps.gateway.calls import Call
from apps.gateway.models.guard_policy import Action
from apps.gateway.types import Caching, ChatMessage

# Over it an answer is meant to be another one each time. Who sets no temperature leaves it to the model, and gets what was answered before:
# only callers that ask for caching get here.
TEMPERATURE_MAX = 0.3
# The model's window is 256 tokens: what comes later would count for nothing in the comparison.
COMPARED_CHARS_MAX = 600
# Answers with these hang on more than the call, or are more than a text.
_NEVER = ("tools", "tool_choice", "functions", "function_call", "logprobs", "top_logprobs", "audio", "modalities", "prediction", "web_search_options")
# How an answer is sent and not what it says.
_OF_NO_MATTER = frozenset({"stream", "stream_options"})
_WATCHED = ("personal_data", "secrets")


def may_cache(call: Call) -> bool:
    """Whether an answer may be taken or kept, as far as is known by now: after the answer the guards may know more."""
    caching = call.options.caching
    return (
        caching is not None
        and bool(caching.scope)
        and _are_plain(call.options.parameters)
        and all(map(_is_text, call.messages))
        and bool(call.messages)
        and not _is_masked(call)
    )


def may_compare(call: Call) -> bool:
    """Whether a question that means the same will do. What names people is never kept with its words."""
    caching = call.options.caching
    is_wanted = may_cache(call) and caching is not None and caching.is_semantic and not _found(call)
    return is_wanted and _is_short_text(compared_text(call))


def compared_text(call: Call) -> str:
    """The question as it is compared: one that stands alone, as the caller says, or the only one of its conversation. Empty: there is none."""
    caching = call.options.caching
    if caching is None or not call.messages or call.messages[-1].role != "user":
        return ""
    if caching.question:
        return caching.question.strip()
    turns = [message for message in call.messages if message.role not in ("system", "developer")]
    return "\n".join(_texts(turns[0])).strip() if len(turns) == 1 else ""


def hard_key(call: Call) -> str:
    """What names this very call, and no other one."""
    return _hash("exact", call, [_plain(message) for message in call.messages])


def scope_key(call: Call, embedder: str) -> str:
    """What two calls have in common whose last questions may be compared; `embedder` names whose vectors do it."""
    *before, last = call.messages
    asked = [block for block in _blocks(last) if block["type"] != "text"]
    return _hash(f"semantic {embedder}", call, [*map(_plain, before), asked])


# Any: plain data.
def _hash(kind: str, call: Call, messages: Sequence[Any]) -> str:
    caching = call.options.caching or Caching("")
    parts = {
        "kind": f"{kind} {call.kind}",
        "workspace": call.principal.workspace_id,
        "scope": caching.scope,
        "versions": caching.versions,
        # The same name may lead to other models tomorrow.
        "route": [call.route.name, *([target.name, target.kind, target.base_url] for target in call.route.targets)],
        "parameters": {name: value for name, value in call.options.parameters.items() if name not in _OF_NO_MATTER},
        "prompt": call.options.prompt_version,
        "rules": call.rules.version,
        "locale": call.options.locale,
        "messages": messages,
    }
    return hashlib.sha256(canonical(parts)).hexdigest()


# Any: the protocol's values.
def _are_plain(parameters: Mapping[str, Any]) -> bool:
    temperature, count = parameters.get("temperature"), parameters.get("n")
    if any(parameters.get(name) for name in _NEVER) or count not in (None, 1):
        return False
    return temperature is None or (isinstance(temperature, int | float) and temperature <= TEMPERATURE_MAX)


def _is_text(message: ChatMessage) -> bool:
    is_spoken = message.role != "tool" and not message.tool_calls and not message.tool_call_id
    return is_spoken and all(block["type"] in ("text", "passage") for block in _blocks(message))


def _is_short_text(text: str) -> bool:
    # Postgres keeps neither a zero nor half of a surrogate pair.
    return 0 < len(text) <= COMPARED_CHARS_MAX and not any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in text)


def _found(call: Call) -> set[str]:
    """Which of the guards over what is nobody's business found something."""
    return {guard for guard in _WATCHED if any(count and rule.partition(".")[0] == guard for rule, count in call.found.items())}


def _is_masked(call: Call) -> bool:
    """Two calls that name two people look alike once both are masked, and an answer's masks are undone with the names of the call at hand.

    So what was said of one would be said of the other: nothing is kept where anything may have been masked.
    """
    return any(getattr(call.rules, guard) != Action.FLAG for guard in _found(call))


# Any: blocks are of several kinds.
def _blocks(message: ChatMessage) -> Sequence[Any]:
    return [{"type": "text", "text": message.content}] if isinstance(message.content, str) else message.content


def _texts(message: ChatMessage) -> list[str]:
    return [block["text"] for block in _blocks(message) if block["type"] == "text"]


# Any: plain data.
def _plain(message: ChatMessage) -> list[Any]:
    return [message.role, message.content]
