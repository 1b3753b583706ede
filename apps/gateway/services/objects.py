"""A short answer of the language model for the program and not for a reader: one JSON object."""

import json
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

from apps.gateway.errors import ProviderError
from apps.gateway.services.chat import complete
from apps.gateway.types import ChatMessage, ChatOptions, Principal

_PLAIN = ChatOptions()


# Any: JSON.
async def complete_object(principal: Principal, messages: Sequence[ChatMessage], most_chars: int, *, options: ChatOptions = _PLAIN) -> dict[str, Any]:
    """Return the object that the model answers with. Raises ProviderError, also where it says anything else or goes on too long.

    `messages` have to ask for it in words: not every server can be told of a format.
    """
    written = ""
    async with aclosing(complete(principal, messages, options=options)) as chunks:
        async for chunk in chunks:
            written += chunk.text
            if len(written) > most_chars:
                # Closing the stream stops the model: nobody pays for an essay.
                break
    # Many put the object into a fence of Markdown.
    start, end = written.find("{"), written.rfind("}")
    try:
        found = json.loads(written[start : end + 1]) if len(written) <= most_chars else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        # Without the model's words, which are nobody's to log.
        raise ProviderError("The language model did not answer in the form that it was asked for.")
    return found
