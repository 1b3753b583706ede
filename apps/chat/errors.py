"""What can go wrong with a run."""

from apps.common.errors import Conflict, QuireError, TimedOut


class StaleAttempt(Exception):
    """Another process has the run now, or it has ended: stop and write nothing more."""


class AlreadyAnswered(Conflict):
    code, title = "already_answered", "Already answered"


class Interrupted(QuireError):
    """The run was taken up several times and each process that had it went away."""

    status, code, title, is_retryable = 503, "interrupted", "The answer was interrupted", True


class RunTimedOut(TimedOut):
    """The run itself used up its time."""

    code, title = "run_timed_out", "The answer took too long"


class AnswerPending(TimedOut):
    """Whoever waits for the answer has waited long enough; the run goes on."""

    code, title = "answer_pending", "The answer is not ready yet"


class AnswerFailed(QuireError):
    """The run ended without an answer."""

    status, code, title, is_retryable = 502, "answer_failed", "The question could not be answered", True


class AnswerStopped(Conflict):
    code, title = "answer_stopped", "The answer was stopped"


class RightsChanged(Conflict):
    """What was begun with rights that somebody no longer has, or that are others now."""

    code, title = "rights_changed", "Your rights have changed"


class CollectionClosed(RightsChanged):
    """The one collection that was to be searched is gone, or no longer open to the asker: which of the two is not said."""

    code, title = "collection_closed", "The collection cannot be searched"


class TooSlow(QuireError):
    """Whoever reads along takes less than comes, for too long. `after` says from where to resume."""

    status, code, title, is_retryable = 503, "too_slow", "What was sent was not read in time", True


class AnswerRestarted(QuireError):
    """Another process began the answer anew, and what was sent of it cannot be taken back."""

    status, code, title, is_retryable = 503, "answer_restarted", "The answer was begun anew", True


class RunTokensSpent(QuireError):
    """A run used up the tokens that one may."""

    status, code, title = 422, "run_tokens_spent", "The answer took too many tokens"


class RunMoneySpent(QuireError):
    """A run cost what one may."""

    status, code, title = 402, "run_money_spent", "The answer became too dear"
