"""What an OpenAI-compatible server or the way to it did wrong, in our own family of errors.

Nothing of the server's text is passed on: it may hold the prompt, an address inside the network, or the key.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from apps.gateway.errors import (
    ContentRefused,
    ContextTooLong,
    ModelNotFound,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    ProviderTimedOut,
    ProviderUnavailable,
    QuotaUsedUp,
    RequestRefused,
    StreamCut,
)
from apps.gateway.targets import SETTINGS_PROVIDER, Target

# Signs that are looked for anywhere in what a server says, since servers do not agree on a code. Both are told of the request and not of
# the server, so nobody can make a model look broken by having his own words quoted there.
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
_CONTENT_SIGNS = ("content_filter", "content_policy", "contentfilter", "responsibleaipolicyviolation", "content_blocked")
# Signs that are looked for in the fields of codes alone.
_QUOTA_SIGNS = ("insufficient_quota", "billing_hard_limit", "billing_not_active", "insufficient_balance")
_KEY_SIGNS = ("invalid_api_key", "authentication")
_MODEL_SIGNS = ("model_not_found", "model_not_available")
_PASSING_STATUSES = frozenset({408, 409, 425})
_TOO_LARGE, _NOTHING_LEFT = 413, 402
# What the code of an error inside a stream means, where it has no status: the first sign that is found.
_STATUS_OF_CODES: tuple[tuple[tuple[str, ...], int], ...] = (
    ((*_QUOTA_SIGNS, "rate_limit", "ratelimit", "too_many_requests", "resource_exhausted"), 429),
    (("overloaded", "server_error", "internal", "unavailable", "timeout"), 503),
    (_KEY_SIGNS, 401),
    (_MODEL_SIGNS, 404),
    (("permission",), 403),
    (("invalid_request", "invalid_value", "bad_request", "badrequest"), 400),
)
_LOOKED_AT_BYTES = 16 * 1024
_LONGEST_WAIT_SECONDS = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Whom:
    """Whose trouble it is: what the reader calls it, and where an operator looks."""

    what: str
    key: str
    address: str
    model: str
    # What was expected of its answer, and where its address has to end for that.
    form: str = "in the OpenAI format"
    end: str = "ends where the API begins, often with /v1"


def whom(target: Target, what: str, settings: str) -> Whom:
    """`settings` is the prefix of what names it where it is not a row."""
    if target.provider == SETTINGS_PROVIDER:
        return Whom(what, f"{settings}_API_KEY", f"{settings}_BASE_URL", f"{settings}_MODEL")
    of_row = f"of the provider “{target.provider}” in the administration"
    return Whom(what, f"the key {of_row}", f"the base URL {of_row}", f"the model “{target.model}”")


@dataclass(frozen=True, slots=True)
class _Said:
    """What a server said, in small letters: all of it, and its codes alone."""

    words: str
    codes: str

    def has(self, signs: tuple[str, ...]) -> bool:
        return any(sign in self.words for sign in signs)

    def has_code(self, signs: tuple[str, ...]) -> bool:
        return any(sign in self.codes for sign in signs)


def by_status(status: int, headers: Mapping[str, str], body: bytes, who: Whom) -> ProviderError:
    said = _read(body)
    if status in (429, _NOTHING_LEFT):
        return _limited(status, headers, said, who)
    if status >= 500 or status in _PASSING_STATUSES:
        return ProviderUnavailable(f"The {who.what} has a fault of its own at the moment. Try again in a moment.", retry_after=_retry_after(headers))
    if status in (401, 403) or said.has_code(_KEY_SIGNS):
        return ProviderRefused(f"The {who.what} does not accept the key. An operator checks {who.key}.")
    if status == 404 or said.has_code(_MODEL_SIGNS):
        return ModelNotFound(f"The {who.what} is not known at its address. An operator checks {who.model} and {who.address}.")
    if status == _TOO_LARGE or said.has(_TOO_LONG_SIGNS):
        return ContextTooLong(f"Question and passages are too long for the {who.what}. Ask a shorter question or start a new conversation.")
    return _refused(status, said, who)


def by_error(error: Any, who: Whom) -> ProviderError:  # Any: JSON
    """An error that stands where an answer was wanted: inside a stream, or under status 200."""
    body = orjson.dumps({"error": error})
    said = _read(body)
    status = next((value for value in _fields(error) if type(value) is int and 400 <= value < 600), None)
    if status is None:
        status = next((meant for signs, meant in _STATUS_OF_CODES if said.has_code(signs)), None)
    if said.has((*_TOO_LONG_SIGNS, *_CONTENT_SIGNS)) and status in (None, 400):
        status = 400
    if status is None:
        return ProviderUnavailable(f"The {who.what} reported an error of its own. Try again in a moment.")
    return by_status(status, {}, body, who)


def unreachable(who: Whom) -> ProviderError:
    return ProviderUnavailable(f"The {who.what} cannot be reached. Try again; if it stays so, an operator checks that it runs and that {who.address} is right.")


def timed_out(who: Whom) -> ProviderError:
    return ProviderTimedOut(f"The {who.what} was silent for too long. Try again, perhaps with a shorter question.")


def not_understood(who: Whom) -> ProviderError:
    return ProviderRefused(f"The {who.what} did not answer {who.form}. An operator checks that {who.address} {who.end}.")


def unusable(who: Whom) -> ProviderError:
    """The address is none, or the key has characters that no header may have."""
    return ProviderRefused(f"The {who.what} cannot be asked with what is set for it. An operator checks {who.address} and {who.key}.")


def cut(who: Whom) -> ProviderError:
    return StreamCut(f"The connection to the {who.what} broke off in the middle of the answer. Try again.")


def _limited(status: int, headers: Mapping[str, str], said: _Said, who: Whom) -> ProviderError:
    if status == _NOTHING_LEFT or said.has_code(_QUOTA_SIGNS):
        return QuotaUsedUp(f"The account of the {who.what} has nothing left to spend. An operator looks at its billing.")
    return ProviderBusy(f"The {who.what} takes no more requests for the moment. Try again shortly.", retry_after=_retry_after(headers))


def _refused(status: int, said: _Said, who: Whom) -> ProviderError:
    if said.has(_CONTENT_SIGNS):
        return ContentRefused(f"The provider of the {who.what} refuses this content by its own rules. Ask in other words.")
    if status in (400, 422):
        return RequestRefused(f"The {who.what} does not take this request (status {status}). Change its parameters or what they ask for.")
    return ProviderRefused(f"The {who.what} refused the request with status {status}. An operator checks {who.model} and {who.address}.")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, if the server says so: in seconds, milliseconds or as a date, which is read by the server's own clock."""
    for name, scale in (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * scale
        except (KeyError, ValueError):
            continue
        if math.isfinite(seconds):
            return min(max(0.0, seconds), _LONGEST_WAIT_SECONDS)
    return _until(headers.get("retry-after", ""), headers.get("date", ""))


def _until(date: str, now: str) -> float | None:
    then = _timestamp(date)
    if then is None:
        return None
    here = _timestamp(now)
    return min(max(0.0, then - (time.time() if here is None else here)), _LONGEST_WAIT_SECONDS)


def _timestamp(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError, IndexError, TypeError):
        return None


def _read(body: bytes) -> _Said:
    try:
        told = orjson.loads(body)
    except ValueError:
        told = None
    if isinstance(told, list) and told:
        told = told[0]
    error = told.get("error", told) if isinstance(told, dict) else None
    codes = [value.lower() for value in _fields(error) if isinstance(value, str)]
    if isinstance(error, dict) and str(error.get("message")).lower().startswith("api key not valid"):
        # Google's, which has no code for it. At the very beginning nobody else is quoted.
        codes.append(_KEY_SIGNS[0])
    return _Said(body[:_LOOKED_AT_BYTES].decode(errors="replace").lower(), " ".join(codes))


def _fields(error: Any) -> list[Any]:  # Any: JSON
    return [error.get(name) for name in ("code", "type", "status", "status_code")] if isinstance(error, dict) else []
