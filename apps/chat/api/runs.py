"""`/api/v1/runs`: asking without waiting, what became of a run, its log, and stopping it."""

from typing import ClassVar
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from rest_framework import status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api import WorkspaceAPIView
from apps.accounts.doors import stands_for
from apps.accounts.limits import limit_asking
from apps.accounts.types import Reader
from apps.chat.api.asking import AskView, call_and_let_go
from apps.chat.api.serializers import read_after, run_output
from apps.chat.api.streaming import EVENT_STREAM, EventStream, EventStreamRenderer
from apps.chat.events import run_event
from apps.chat.models import RunState
from apps.chat.selectors.answers import answer_output
from apps.chat.selectors.runs import get_run, list_events
from apps.chat.services.asking import cancel_run, retry_run


class RunList(AskView):
    """202: the question is kept, and answered whoever stays or goes. A repeat of its Idempotency-Key gets the same run."""

    kept_as = status.HTTP_202_ACCEPTED

    def accepted(self, run_id: UUID, *, is_streamed: bool) -> Response:
        return Response(run_output(get_run(self.reader, run_id)), status=self.kept_as)


class RunDetail(WorkspaceAPIView):
    action: ClassVar[dict[str, str]] = {"GET": "document.view"}

    def get(self, request: Request, run_id: UUID) -> Response:
        """With the answer and its sources, as `/query` gives them, once there is one."""
        run = get_run(self.reader, run_id)
        return Response({**run_output(run), **(answer_output(self.reader, run) if run.state == RunState.COMPLETED else {})})


class RunCancel(WorkspaceAPIView):
    action: ClassVar[dict[str, str]] = {"POST": "chat.ask"}

    def post(self, request: Request, run_id: UUID) -> Response:
        """200: it has stopped, or stops within 300 ms. What has ended stays as it is."""
        with transaction.atomic():
            run = cancel_run(self.reader, run_id)
            self.finish(status.HTTP_200_OK, run.pk)
        return Response(run_output(run))

    def replay(self, status: int, reference: str) -> Response:
        return Response(run_output(get_run(self.reader, UUID(reference))))


class RunRetry(WorkspaceAPIView):
    action: ClassVar[dict[str, str]] = {"POST": "chat.ask"}
    needs_too: ClassVar[dict[str, tuple[str, ...]]] = {"POST": ("document.view",)}

    def post(self, request: Request, run_id: UUID) -> Response:
        """202 with another run of the same question; 409 where it has its answer."""
        get_run(self.reader, run_id)
        limit_asking(self.reader)
        with transaction.atomic():
            run = retry_run(self.reader, run_id)
            self.finish(status.HTTP_202_ACCEPTED, run.pk)
        return self.replay(status.HTTP_202_ACCEPTED, str(run.pk))

    def replay(self, status: int, reference: str) -> Response:
        return Response(run_output(get_run(self.reader, UUID(reference))), status=status)


class Following(Response):
    """The reader may follow the run. Goes no further than `run_events`, which streams it."""

    def __init__(self, reader: Reader, after: int) -> None:
        super().__init__()
        self.reader = reader
        self.after = after


class RunEvents(WorkspaceAPIView):
    """The run's log: a page of it, or with `Accept: text/event-stream` all that comes."""

    action: ClassVar[dict[str, str]] = {"GET": "document.view"}
    renderer_classes = (JSONRenderer, EventStreamRenderer)

    def get(self, request: Request, run_id: UUID) -> Response:
        after = read_after(request)
        # The run first: where it is over, all of its log is there.
        run = get_run(self.reader, run_id)
        is_stream = request.accepted_renderer.media_type == EVENT_STREAM
        if is_stream and run.is_live:
            return Following(self.reader, after)
        lines = list_events(self.reader, run_id, after, has_followed=False)
        if is_stream:
            # 204 tells a browser's EventSource, which connects again after each end, that there is no more.
            return Following(self.reader, after) if lines else Response(status=status.HTTP_204_NO_CONTENT)
        found = [run_event(run_id, line.seq, line.type, line.payload) for line in lines]
        is_over = any(line.is_terminal for line in lines) or not (run.is_live or lines)
        return Response({"events": found, "next": lines[-1].seq if lines else after, "is_over": is_over})


_events_view = RunEvents.as_view()


@csrf_exempt
@stands_for(RunEvents)
async def run_events(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    answer = await call_and_let_go(_events_view, request, run_id=run_id)
    if not isinstance(answer, Following):
        return answer
    return EventStream(answer.reader, request.session.session_key, run_id, after=answer.after)
