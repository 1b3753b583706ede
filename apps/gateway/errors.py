"""What can go wrong with a model, told so that a reader knows what to do. No detail holds a key, a prompt or a provider's own words.

`is_retryable` says whether the same call may go well a moment later; the retry loop and the page's "try again" both read it.
"""

from typing import ClassVar

from apps.common.errors import QuireError


class ProviderError(QuireError):
    """A model could not do its work.

    `is_callers_fault`: what was asked is the trouble and not the model, so it says nothing about the model's health, and nobody's
    request can make it look broken to others.
    """

    status, code, title = 502, "provider_error", "The model could not answer"
    is_callers_fault: ClassVar[bool] = False


class ProviderUnavailable(ProviderError):
    """Not reached, overloaded or broken at its end."""

    status, code, title, is_retryable = 503, "provider_unavailable", "The model cannot be reached", True


class ProviderTimedOut(ProviderUnavailable):
    """Reached, but silent for too long."""

    status, code, title = 504, "provider_timed_out", "The model took too long"


class ProviderBusy(ProviderUnavailable):
    """It asks to be called less often."""

    code, title = "provider_busy", "The model is busy"


class StreamCut(ProviderError):
    """The answer broke off in the middle: what came so far is not an answer. Never retried here, as its start was already passed on."""

    code, title, is_retryable = "stream_cut", "The answer broke off", True


class ProviderRefused(ProviderError):
    """It will not do this call, however often it is asked: the key, the address or the request has to change."""

    code, title = "provider_refused", "The model refused the request"


class ModelNotFound(ProviderRefused):
    code, title = "model_not_found", "The model does not exist"


class QuotaUsedUp(ProviderRefused):
    code, title = "quota_used_up", "The model's quota is used up"


class RequestRefused(ProviderRefused):
    """The request has a parameter or a form that the model does not take."""

    status, code, title, is_callers_fault = 400, "request_refused", "The model does not take such a request", True


class ContentRefused(ProviderRefused):
    """The provider's rules about content forbid it. Another provider may have others."""

    status, code, title, is_callers_fault = 400, "content_refused", "The model's provider refused the content", True


class ContextTooLong(ProviderError):
    """Question, history and passages together are more than the model reads at once."""

    status, code, title, is_callers_fault = 422, "context_too_long", "Too much text for the model", True


class WrongDimension(ProviderRefused):
    """Vectors of another length than the setting says would be stored and never found."""

    code, title = "wrong_dimension", "The embedding model does not fit its setting"


class ModelNotBuilt(ProviderError):
    """The embedded model's files are not there and cannot be made here."""

    status, code, title = 503, "model_not_built", "The embedded model is not built"


class AllTargetsDown(ProviderUnavailable):
    """Every model of the route fails or is left alone for a while. `retry_after` says in how many seconds one is tried again."""

    code, title = "all_models_down", "No model can answer at the moment"


class BudgetExceeded(QuireError):
    """Spent. `renews_at` (ISO 8601) says when there is more."""

    status, code, title = 402, "insufficient_quota", "The budget is used up"


class ModelWithoutPrice(QuireError):
    """What it costs is not known, and a budget counts what it costs."""

    status, code, title = 403, "model_without_price", "The model has no price"


class Blocked(QuireError):
    """A guard's policy refuses the call. `rule` names which, never what was found."""

    status, code, title = 400, "content_filter", "The request was refused by a policy"
