"""From the code that a failed run keeps back to the kind of error that it was."""

from apps.chat.errors import AnswerFailed, CollectionClosed, Interrupted, RightsChanged, RunMoneySpent, RunTimedOut, RunTokensSpent
from apps.common.errors import LimitExceeded, QuireError
from apps.gateway.errors import (
    AllTargetsDown,
    Blocked,
    BudgetExceeded,
    ContentRefused,
    ContextTooLong,
    ModelWithoutPrice,
    ProviderBusy,
    ProviderTimedOut,
    ProviderUnavailable,
)

_KINDS: dict[str, type[QuireError]] = {
    kind.code: kind
    for kind in (
        AllTargetsDown, Blocked, BudgetExceeded, CollectionClosed, ContentRefused, ContextTooLong, Interrupted, ModelWithoutPrice, ProviderBusy,
        ProviderTimedOut, ProviderUnavailable, RightsChanged, RunMoneySpent, RunTimedOut, RunTokensSpent,
    )
}  # fmt: skip


def failure_of(code: str, detail: str) -> QuireError:
    """The error with its own status; AnswerFailed for what has no better one to tell."""
    if code == LimitExceeded.code:
        return LimitExceeded(detail, retry_after=None)
    return _KINDS[code](detail) if code in _KINDS else AnswerFailed(detail, reason=code)
