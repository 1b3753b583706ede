"""`POST /api/v1/query`: a question in, a cited answer out."""

from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections, transaction
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api import HEADER, REPLAYED, WorkspaceAPIView
from apps.accounts.doors import stands_for
from apps.accounts.limits import limit_asking
from apps.accounts.selectors.readers import renew
from apps.accounts.selectors.sessions import renew_in_session
from apps.accounts.services.idempotency import forget
from apps.accounts.types import Reader
from apps.chat.api.serializers import QuestionInput
from apps.chat.errors import AnswerFailed, AnswerPending, AnswerStopped
from apps.chat.selectors.answers import get_answer
from apps.chat.services.asking import ASKING, ask_question
from apps.chat.services.waiting import wait_for_run
from apps.common.db import run_db
from apps.common.errors import TooLarge

WAIT_SECONDS = 60.0


class Accepted(Response):
    """The question is kept. Goes no further than `query`, which waits for the answer."""

    def __init__(self, run_id: UUID, reader: Reader, *, key: str) -> None:
        super().__init__({"run_id": str(run_id)}, status=status.HTTP_202_ACCEPTED)
        self.run_id = run_id
        self.reader = reader
        # The Idempotency-Key that this run stands for.
        self.key = key


class AskView(WorkspaceAPIView):
    """Who asks, what, and whether they may."""

    action: ClassVar[dict[str, str]] = {"POST": "chat.ask"}
    needs_too: ClassVar[dict[str, tuple[str, ...]]] = {"POST": ("document.view",)}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
            # DRF's parser reads past Django's own limit.
            raise TooLarge(f"The body is larger than {limit:,} bytes.")
        super().initial(request, *args, **kwargs)

    def post(self, request: Request) -> Response:
        asked = QuestionInput(data=request.data)
        asked.is_valid(raise_exception=True)
        limit_asking(self.reader)
        # A question is only rows: with its Idempotency-Key it is kept once, or not at all.
        with transaction.atomic():
            run = ask_question(self.reader, text=asked.validated_data["question"], conversation_id=asked.validated_data["conversation"])
            self.finish(status.HTTP_200_OK, run.pk)
        return self._accepted(run.pk)

    def replay(self, status: int, reference: str) -> Response:
        """A repeat waits for the same run."""
        return self._accepted(UUID(reference))

    def _accepted(self, run_id: UUID) -> Accepted:
        return Accepted(run_id, self.reader, key=self.request.headers.get(HEADER, ""))


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
    session_key = request.session.session_key
    if not await wait_for_run(accepted.run_id, WAIT_SECONDS, partial(_renew, accepted, session_key)):
        raise AnswerPending("The answer is not ready after a minute. It is still being written: look in Quire.", run_id=str(accepted.run_id))
    answer = await run_db(_read_answer, accepted, session_key)
    replayed = {name: accepted.headers[name] for name in (REPLAYED,) if name in accepted.headers}
    return JsonResponse(answer, headers={"Cache-Control": "private, no-store", **replayed})


def _renew(accepted: Accepted, session_key: str | None) -> Reader:
    """Whoever waits, as they are now; raises once they may not have the answer."""
    reader = renew(accepted.reader) if accepted.reader.api_key_id else renew_in_session(accepted.reader, session_key or "")
    reader.require_all(*ASKING)
    return reader


def _read_answer(accepted: Accepted, session_key: str | None) -> dict[str, Any]:
    """The answer, for whom it still is: a key, a session or a right that went while the run did gets its 401, 403 or 404.

    A run that came to nothing frees its Idempotency-Key: sent again, the question is asked anew.
    """
    reader = _renew(accepted, session_key)
    try:
        return get_answer(reader, accepted.run_id)
    except (AnswerFailed, AnswerStopped):
        if accepted.key:
            forget(reader, key=accepted.key, reference=str(accepted.run_id))
        raise
