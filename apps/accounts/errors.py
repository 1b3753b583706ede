"""What can go wrong with who somebody is."""

from apps.common.errors import Conflict, NotSignedIn


class WrongKey(NotSignedIn):
    """Malformed, unknown, revoked, expired, or its owner gone: nobody learns which."""

    challenge = "Bearer"

    def __init__(self) -> None:
        super().__init__("This API key is not valid: it may be mistyped, revoked or expired, or its owner may have left. Make a new one in the settings.")


class InFlight(Conflict):
    """The first request with this Idempotency-Key is still being worked on."""

    code, title, is_retryable = "in_flight", "The first request is still under way", True

    def __init__(self) -> None:
        super().__init__("A request with this Idempotency-Key is being worked on. Send it again in a second.", retry_after=1)
