"""One family of errors. What is raised here reaches people as words and a status, never as a traceback."""

import math
from typing import Any, ClassVar


class QuireError(Exception):
    """Something the asker can be told. `detail` is written for them: what happened, what it means, what to do."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong"
    is_retryable: ClassVar[bool] = False
    # The page that its own page leads back to, where that is known.
    back_url: str = ""

    def __init__(self, detail: str = "", **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.extra = extra


class Invalid(QuireError):
    status, code, title = 422, "invalid", "That cannot be accepted"


class Malformed(QuireError):
    status, code, title = 400, "malformed", "That request cannot be read"


class NotSignedIn(QuireError):
    status, code, title = 401, "not_signed_in", "Sign in first"
    # What the header WWW-Authenticate says to do.
    challenge: ClassVar[str] = "Session"


class NotAllowed(QuireError):
    """Visible, but the action is not yours. `right` names what is missing."""

    status, code, title = 403, "not_allowed", "You may not do that"

    def __init__(self, right: str, detail: str = "") -> None:
        super().__init__(detail or f"This needs the right {right}. Ask an administrator of the workspace.", right=right)


class NotFound(QuireError):
    """Absent, forbidden and foreign look the same."""

    status, code, title = 404, "not_found", "Not found"

    def __init__(self, detail: str = "It does not exist, or you may not see it.", **extra: Any) -> None:
        super().__init__(detail, **extra)


class Conflict(QuireError):
    status, code, title = 409, "conflict", "That does not fit the present state"


class TooLarge(QuireError):
    status, code, title = 413, "too_large", "Too large"


class TimedOut(QuireError):
    status, code, title, is_retryable = 504, "timed_out", "That took too long", True


class LimitExceeded(QuireError):
    """More than a limit allows. `retry_after` is in seconds; None where no waiting helps."""

    status, code, title, is_retryable = 429, "limit_exceeded", "That was too much in too short a time", True

    def __init__(self, detail: str, *, retry_after: float | None, **extra: Any) -> None:
        super().__init__(detail, retry_after=None if retry_after is None else max(1, math.ceil(retry_after)), **extra)
