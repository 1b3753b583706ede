"""A run's log as Server-Sent Events, for programs: `id` is an event's number, `event` its type, `data` all of it as JSON.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from typing import Any
from uuid import UUID

from asgiref.sync import SyncToAsync, sync_to_async
from django.http import StreamingHttpResponse
from rest_framework.renderers import JSONRenderer

from apps.accounts.types import Reader
from apps.chat import events
from apps.chat.feed import RunFeed
from apps.chat.querysets import TERMINAL_EVENTS
from apps.chat.visit import confirm
from apps.common.db import run_db
from apps.common.errors import QuireError
from apps.documents.services.connection import let_go

EVENT_STREAM = "text/event-stream"
HEARTBEAT_SECONDS = 15.0
_HEARTBEAT = b": still here\n\n"

# Told the type of the event that ended the run.
OnEnd = Callable[[str], object]


class EventStreamRenderer(JSONRenderer):
    """Lets a caller ask for a stream; what is said instead of one, such as a problem, is JSON all the same."""

    media_type = EVENT_STREAM
    format = "events"


class EventStream(StreamingHttpResponse):
    """The events of one run for one reader, until its end, or until the reader's rights change."""

    def __init__(self, reader: Reader, session_key: str | None, run_id: UUID, *, after: int = 0, on_end: OnEnd | None = None) -> None:
        feed = RunFeed(reader, run_id, after, partial(confirm, session_key=session_key or ""), session_key=session_key or "")
        super().__init__(stream_events(feed, on_end), content_type=EVENT_STREAM)
        self.headers["Cache-Control"] = "private, no-store"
        # A proxy that gathers an answer before it passes it on would make a stream of nothing.
        self.headers["X-Accel-Buffering"] = "no"


async def stream_events(feed: RunFeed, on_end: OnEnd | None = None) -> AsyncGenerator[bytes, None]:
    await _leave_thread()
    try:
        async with aclosing(_lines(feed)) as lines:
            async for event in lines:
                if event is None:
                    yield _HEARTBEAT
                    continue
                if on_end is not None and event["type"] in TERMINAL_EVENTS:
                    await run_db(on_end, event["type"])
                yield _encode(event)
    except QuireError as error:
        yield _encode({**events.error(error.code, error.detail or error.title), "after": feed.after})


async def _leave_thread() -> None:
    """Give back the thread that Django keeps for a request until all is sent, and the connection that the middleware asked the last of it by.

    Should something of the request be synchronous yet, such as its end, asgiref makes it another thread.
    """
    await sync_to_async(let_go)()
    request = SyncToAsync.thread_sensitive_context.get(None)
    if request is not None and (executor := SyncToAsync.context_to_thread_executor.pop(request, None)):
        executor.shutdown(wait=False)


# Any: an event's own fields. None: nothing happened for a while.
async def _lines(feed: RunFeed) -> AsyncGenerator[dict[str, Any] | None, None]:
    async with feed:
        while True:
            event = await feed.take(HEARTBEAT_SECONDS)
            if event is None and feed.is_over:
                return
            yield event


def _encode(event: dict[str, Any]) -> bytes:
    number = f"id: {event['seq']}\n" if "seq" in event else ""
    return f"{number}event: {event['type']}\ndata: {events.encode(event)}\n\n".encode()
