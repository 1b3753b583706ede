"""`POST /api/v1/query`: a question in, a cited answer out."""

from typing import Any, ClassVar
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api import WorkspaceAPIView
from apps.accounts.doors import stands_for
from apps.accounts.types import Reader
from apps.chat.api.serializers import QuestionInput
from apps.chat.errors import AnswerPending
from apps.chat.selectors.answers import get_answer
from apps.chat.services.asking import ask_question
from apps.chat.services.waiting import wait_for_run
from apps.common.db import run_db
from apps.common.errors import TooLarge

WAIT_SECONDS = 60.0


class Accepted(Response):
    """The question is kept. Goes no further than `query`, which waits for the answer."""

    def __init__(self, run_id: UUID, reader: Reader) -> None:
        super().__init__({"run_id": str(run_id)}, status=status.HTTP_202_ACCEPTED)
        self.run_id = run_id
        self.reader = reader


class AskView(WorkspaceAPIView):
    """Who asks, what, and whether they may."""

    action: ClassVar[dict[str, str]] = {"POST": "chat.ask"}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
            # DRF's parser reads past Django's own limit.
            raise TooLarge(f"The body is larger than {limit:,} bytes.")
        super().initial(request, *args, **kwargs)

    def post(self, request: Request) -> Response:
        asked = QuestionInput(data=request.data)
        asked.is_valid(raise_exception=True)
        run = ask_question(self.reader, text=asked.validated_data["question"], conversation_id=asked.validated_data["conversation"])
        return Accepted(run.pk, self.reader)


_view = AskView.as_view()


def _ask(request: HttpRequest) -> HttpResponseBase:
    """Ask, and give the request's connection back, which would else be held until the answer is sent."""
    try:
        return _view(request)
    finally:
        close_old_connections()


# DRF's session authentication checks the CSRF token, as for every API view.
@csrf_exempt
@stands_for(AskView)
async def query(request: HttpRequest) -> HttpResponseBase:
    """Ask, then wait on the event loop: a waiting caller holds neither a database connection nor a busy thread."""
    accepted = await sync_to_async(_ask)(request)
    if not isinstance(accepted, Accepted):
        return accepted
    if not await wait_for_run(accepted.run_id, WAIT_SECONDS):
        raise AnswerPending("The answer is not ready after a minute. It is still being written: look in Quire.", run_id=str(accepted.run_id))
    return JsonResponse(await run_db(get_answer, accepted.reader, accepted.run_id))
