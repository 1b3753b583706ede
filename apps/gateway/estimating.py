"""How many tokens a call will take, before anybody counted: for what is reserved, and for providers that do not say.

By bytes, which holds for scripts without spaces too and costs nothing; four bytes a token is what servers' own counts come to in English.
"""

from collections.abc import Iterable

from apps.gateway.calls import Call
from apps.gateway.types import ChatMessage

BYTES_PER_TOKEN = 4
# What a message costs beside its text, by OpenAI's own account of its format.
MESSAGE_TOKENS = 4
# A picture of middle size.
IMAGE_TOKENS = 800
# What is held for an answer whose length nobody bounded; most are shorter.
ANSWER_TOKENS = 1024


def estimate_input(call: Call) -> int:
    """Tokens of what the model will read, at least 1."""
    if call.messages:
        return max(1, sum(map(estimate_message, call.messages)))
    return max(1, estimate_texts([call.query, *call.texts]))


def estimate_output(call: Call) -> int:
    """Tokens that the answer may take: what the caller allows, else what most take."""
    if not call.messages:
        return 0
    asked = call.options.parameters.get("max_completion_tokens") or call.options.parameters.get("max_tokens")
    return int(asked) if asked else ANSWER_TOKENS


def estimate_message(message: ChatMessage) -> int:
    tokens = MESSAGE_TOKENS + estimate_texts(part for call in message.tool_calls for part in (call.name, call.arguments))
    if isinstance(message.content, str):
        return tokens + estimate_texts([message.content])
    for block in message.content:
        if block["type"] == "image_url":
            tokens += IMAGE_TOKENS
        elif block["type"] == "passage":
            tokens += MESSAGE_TOKENS + estimate_texts([block["title"], block["text"]])
        else:
            tokens += estimate_texts([block["text"]])
    return tokens


def estimate_texts(texts: Iterable[str]) -> int:
    return sum(-(-len(text.encode(errors="replace")) // BYTES_PER_TOKEN) for text in texts)
