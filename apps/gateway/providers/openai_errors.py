"""What an OpenAI-compatible server or the way to it did wrong, in our own family of errors.

Nothing of the server's text is passed on: it may hold the prompt, an address inside the network, or the key.
"""

from typing import Any

import openai

from apps.gateway.errors import (
    ContextTooLong,
    ModelNotFound,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    ProviderTimedOut,
    ProviderUnavailable,
    QuotaUsedUp,
)

# Servers agree on the status of a prompt that is too long (400), but not on its code.
_TOO_LONG_SIGNS = (
    "context_length",
    "context length",
    "context window",
    "context size",
    "maximum context",
    "prompt is too long",
    "too many tokens",
    "exceed_context",
)
_PASSING_STATUSES = frozenset({408, 409, 425})
_TOO_LARGE = 413


def translate(error: Exception, *, what: str, settings: str) -> ProviderError:
    """`what` names the model for the reader, `settings` is the prefix of the settings an operator has to look at."""
    match error:
        case openai.APITimeoutError() | TimeoutError():
            return timed_out(what)
        case openai.APIConnectionError():
            return ProviderUnavailable(
                f"The {what} cannot be reached. Try again; if it stays so, an operator checks that it runs and that {settings}_BASE_URL is right."
            )
        case openai.APIStatusError():
            return _by_status(error, what, settings)
        case openai.APIError():
            return ProviderUnavailable(f"The {what} reported an error of its own. Try again in a moment.")
        case _:
            return ProviderRefused(
                f"The {what} did not answer in the OpenAI format. An operator checks that {settings}_BASE_URL ends where the API begins, often with /v1."
            )


def timed_out(what: str) -> ProviderTimedOut:
    return ProviderTimedOut(f"The {what} was silent for too long. Try again, perhaps with a shorter question.")


def _by_status(error: openai.APIStatusError, what: str, settings: str) -> ProviderError:
    status = error.status_code
    if status in (401, 403):
        return ProviderRefused(f"The {what} does not accept the key. An operator checks {settings}_API_KEY.")
    if status == 404:
        return ModelNotFound(f"The {what} is not known at its address. An operator checks {settings}_MODEL and {settings}_BASE_URL.")
    if status == 429:
        return _limited(error, what)
    if status == _TOO_LARGE or (status < 500 and _is_too_long(error)):
        return ContextTooLong(f"Question and passages are too long for the {what}. Ask a shorter question or start a new conversation.")
    if status >= 500 or status in _PASSING_STATUSES:
        return ProviderUnavailable(f"The {what} has a fault of its own at the moment. Try again in a moment.")
    return ProviderRefused(f"The {what} refused the request with status {status}. An operator checks {settings}_MODEL and {settings}_BASE_URL.")


def _limited(error: openai.APIStatusError, what: str) -> ProviderError:
    if error.code == "insufficient_quota" or error.type == "insufficient_quota":
        return QuotaUsedUp(f"The account of the {what} has nothing left to spend. An operator looks at its billing.")
    return ProviderBusy(f"The {what} takes no more requests for the moment. Try again shortly.", retry_after=_retry_after(error))


def _retry_after(error: openai.APIStatusError) -> float | None:
    """Seconds to wait, if the server says so in a form that is a number."""
    headers = error.response.headers
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) * scale)
        except (KeyError, ValueError):
            continue
    return None


def _is_too_long(error: openai.APIStatusError) -> bool:
    # The body is whatever the server sent: an object, a text, nothing.
    body: Any = error.body
    said = f"{error.code} {error.message} {body}".lower()
    return any(sign in said for sign in _TOO_LONG_SIGNS)
