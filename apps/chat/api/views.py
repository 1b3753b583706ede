"""`POST /api/v1/query`: a question in, a cited answer out."""

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from apps.accounts.api import REPLAYED
from apps.accounts.doors import stands_for
from apps.accounts.selectors.readers import renew
from apps.accounts.selectors.sessions import renew_in_session
from apps.accounts.services.idempotency import forget
from apps.accounts.types import Reader
from apps.chat.api.asking import Accepted, AskView, call_and_let_go
from apps.chat.api.streaming import EventStream
from apps.chat.errors import AnswerFailed, AnswerPending, AnswerStopped
from apps.chat.events import RunCompleted
from apps.chat.selectors.answers import get_answer
from apps.chat.services.asking import ASKING
from apps.chat.services.waiting import wait_for_run
from apps.common.db import run_db

WAIT_SECONDS = 60.0
_view = AskView.as_view()


# DRF's session authentication checks the CSRF token, as for every API view.
@csrf_exempt
@stands_for(AskView)
async def query(request: HttpRequest) -> HttpResponseBase:
    """Ask, then wait on the event loop: a waiting caller holds no database connection. Django's middleware, which is synchronous, holds a
    thread for it, which is idle; whoever has many questions under way asks for a stream, or for a run and its events."""
    accepted = await call_and_let_go(_view, request)
    if not isinstance(accepted, Accepted):
        return accepted
    session_key = request.session.session_key
    replayed = {name: accepted.headers[name] for name in (REPLAYED,) if name in accepted.headers}
    if accepted.is_streamed:
        stream = EventStream(accepted.reader, session_key, accepted.run_id, on_end=partial(_free_key, accepted))
        for name, value in replayed.items():
            stream[name] = value
        return stream
    if not await wait_for_run(accepted.run_id, WAIT_SECONDS, partial(_renew, accepted, session_key)):
        raise AnswerPending("The answer is not ready after a minute. It is still being written: look in Quire.", run_id=str(accepted.run_id))
    answer = await run_db(_read_answer, accepted, session_key)
    return JsonResponse(answer, headers={"Cache-Control": "private, no-store", **replayed})


def _renew(accepted: Accepted, session_key: str | None) -> Reader:
    """Whoever waits, as they are now; raises once they may not have the answer."""
    reader = renew(accepted.reader) if accepted.reader.api_key_id else renew_in_session(accepted.reader, session_key or "")
    reader.require_all(*ASKING)
    return reader


def _read_answer(accepted: Accepted, session_key: str | None) -> dict[str, Any]:
    """The answer, for whom it still is: a key, a session or a right that went while the run did gets its 401, 403 or 404."""
    reader = _renew(accepted, session_key)
    try:
        return get_answer(reader, accepted.run_id)
    except (AnswerFailed, AnswerStopped):
        _free_key(accepted)
        raise


def _free_key(accepted: Accepted, ended: str = "") -> None:
    """A run that came to nothing frees its Idempotency-Key: sent again, the question is asked anew."""
    if accepted.key and ended != RunCompleted.type:
        forget(accepted.reader, key=accepted.key, reference=str(accepted.run_id))
