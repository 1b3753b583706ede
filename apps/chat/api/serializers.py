"""What the chat's API takes and gives."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request

from apps.chat.events import LARGEST_SEQ
from apps.chat.models import Run, RunState
from apps.common.errors import Malformed

SEQ_DIGITS_MAX = 20


class TextField(serializers.CharField):
    """Text and nothing else: DRF's own takes numbers for text."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class QuestionInput(serializers.Serializer[Any]):
    """Shape only; what a question may be is the service's to say."""

    question = TextField(allow_blank=True, trim_whitespace=False)
    conversation = serializers.UUIDField(required=False, allow_null=True, default=None)
    # Nothing outside of it is found.
    collection = serializers.UUIDField(required=False, allow_null=True, default=None)


class StreamInput(serializers.Serializer[Any]):
    stream = serializers.BooleanField(required=False, default=False)


# Any: JSON.
def run_output(run: Run) -> dict[str, Any]:
    """A run as the API shows it, without any words of its answer."""
    return {
        "id": str(run.pk),
        "state": run.state,
        "stage": run.stage,
        "attempt": run.attempt,
        "conversation": str(run.conversation_id),
        "message": str(run.answer_id),
        "collection": str(run.collection_id) if run.collection_id else None,
        "model": run.model or None,
        "error": {"code": run.error_code, "detail": run.error_detail} if run.state == RunState.FAILED else None,
        "created_at": run.created_at.isoformat(),
        "started_at": _moment(run.started_at),
        "finished_at": _moment(run.finished_at),
        "cancel_requested_at": _moment(run.cancel_requested_at),
        "events": reverse("api-run-events", args=[run.pk]),
    }


def read_after(request: Request) -> int:
    """The number after which to go on: what a browser's EventSource sends when it connects again counts before the address's `after`."""
    given = request.headers.get("Last-Event-ID") or request.query_params.get("after") or "0"
    if not (given.isascii() and given.isdigit() and len(given) <= SEQ_DIGITS_MAX and int(given) <= LARGEST_SEQ):
        raise Malformed("after, or Last-Event-ID, is the number of the last event seen: a whole number from 0.")
    return int(given)


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
