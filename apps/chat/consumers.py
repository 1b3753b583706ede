"""The page's one socket: who is it, what may they follow, and the events of it. Disconnecting never stops a run."""

import asyncio
import logging
from contextlib import suppress
from typing import Any, ClassVar
from uuid import UUID

from channels.generic.websocket import AsyncWebsocketConsumer

from apps.accounts.doors import SIGNED_IN
from apps.accounts.models import User
from apps.accounts.selectors.readers import get_reader
from apps.accounts.selectors.sessions import get_session_user
from apps.accounts.types import Reader
from apps.chat import events
from apps.chat.follower import RunFollower
from apps.common.db import run_db
from apps.common.errors import Invalid, NotFound, NotSignedIn, QuireError
from apps.common.push import RING_SECONDS
from apps.documents.selectors import get_document

logger = logging.getLogger(__name__)

NOT_SIGNED_IN = 4401


class PageConsumer(AsyncWebsocketConsumer):
    """One socket a page, any number of topics up to a limit; the protocol stands in `events`."""

    actions: ClassVar[frozenset[str]] = events.CLIENT_ACTIONS
    permissions: ClassVar[dict[str, str]] = {
        "ping": SIGNED_IN,
        "subscribe.run": "document.view",
        "subscribe.library": "document.view",
        "unsubscribe.run": SIGNED_IN,
        "unsubscribe.library": SIGNED_IN,
    }

    async def connect(self) -> None:
        self._followers: dict[UUID, tuple[RunFollower, asyncio.Task[None]]] = {}
        self._libraries: dict[str, str] = {}
        user = self.scope.get("user")
        await self.accept()
        if user is None or not user.is_authenticated:
            # Accepted first: a browser is not told the code of a socket that was never open.
            await self._send_away(NotSignedIn("Sign in to go on."))

    async def disconnect(self, code: int) -> None:
        for _, task in self._followers.values():
            task.cancel()
        for group in [*(f"run.{run_id}" for run_id in self._followers), *self._libraries]:
            await self._leave(group)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        about: dict[str, str] = {}
        try:
            if text_data is None:
                raise Invalid("Messages are text.")
            message = events.parse_client_message(text_data)
            about = getattr(getattr(message, "topic", None), "about", dict)()
            await self._obey(message)
        except NotSignedIn as error:
            await self._send_away(error)
        except QuireError as error:
            await self._say(events.error(error.code, error.detail or error.title, **about))

    async def push_message(self, message: dict[str, Any]) -> None:
        """A ring from the channel layer."""
        topic = message["topic"]
        if topic in self._libraries:
            await self._relay_document(self._libraries[topic], message["data"])
            return
        for run_id, (follower, _) in self._followers.items():
            if topic == f"run.{run_id}":
                follower.ring()

    async def _obey(self, message: events.ClientMessage) -> None:
        match message:
            case events.Ping():
                await self._say(events.pong())
            case events.Subscribe(events.RunTopic(run_id), after):
                await self._follow_run(run_id, after)
            case events.Subscribe(events.LibraryTopic(slug)):
                await self._follow_library(slug)
            case events.Unsubscribe(events.RunTopic(run_id)):
                await self._forget_run(run_id)
            case events.Unsubscribe(events.LibraryTopic(slug)):
                await self._forget_library(slug)

    # --- runs

    async def _follow_run(self, run_id: UUID, after: int) -> None:
        await self._forget_run(run_id)
        self._require_room()
        follower = RunFollower(self._who, run_id, after, self._say)
        task = asyncio.create_task(self._run_follower(run_id, follower))
        self._followers[run_id] = (follower, task)

    async def _run_follower(self, run_id: UUID, follower: RunFollower) -> None:
        about = events.RunTopic(run_id).about()
        try:
            # Joined before the first look at the log, so that nothing falls between the two.
            await self._join(f"run.{run_id}")
            await follower.follow()
        except NotSignedIn as error:
            await self._send_away(error)
        except QuireError as error:
            await self._say(events.error(error.code, error.detail or error.title, **about))
        except Exception:
            logger.exception("socket.follow_failed", extra={"run_id": str(run_id)})
            await self._say(events.error("unavailable", "The answer cannot be followed right now. Subscribe again.", **about))
        del self._followers[run_id]
        await self._leave(f"run.{run_id}")

    async def _forget_run(self, run_id: UUID) -> None:
        if followed := self._followers.pop(run_id, None):
            followed[1].cancel()
            await self._leave(f"run.{run_id}")

    # --- the library

    async def _follow_library(self, slug: str) -> None:
        self._require_room()
        reader = await run_db(self._read_reader, slug)
        reader.require("document.view")
        group = f"library.{reader.workspace.pk}"
        self._libraries[group] = slug
        await self._join(group)

    async def _relay_document(self, slug: str, data: dict[str, Any]) -> None:
        """Only what the reader may see, by the rights of this moment."""
        try:
            reader = await run_db(self._read_reader, slug)
            document = await run_db(get_document, reader, UUID(str(data["document"])))
        except NotSignedIn as error:
            await self._send_away(error)
        except NotFound:
            return
        else:
            await self._say(events.document_updated(str(document.pk)))

    async def _forget_library(self, slug: str) -> None:
        for group in [group for group, followed in self._libraries.items() if followed == slug]:
            del self._libraries[group]
            await self._leave(group)

    # --- who is there

    def _who(self) -> User:
        """The person, as long as their session lasts: a socket outlives neither signing out nor a new password."""
        return get_session_user(self.scope["session"].session_key)

    def _read_reader(self, slug: str) -> Reader:
        return get_reader(self._who(), slug)

    async def _send_away(self, error: NotSignedIn) -> None:
        await self._say(events.error(error.code, error.detail))
        with suppress(RuntimeError):
            await self.close(NOT_SIGNED_IN)

    # --- plumbing

    def _require_room(self) -> None:
        if len(self._followers) + len(self._libraries) >= events.SUBSCRIPTIONS_MAX:
            raise Invalid(f"A page may follow {events.SUBSCRIPTIONS_MAX} things at once. Unsubscribe from one first.")

    async def _say(self, event: dict[str, Any]) -> None:
        # A server says in this way that the page has just gone; `disconnect` follows and tidies up.
        with suppress(RuntimeError):
            await self.send(text_data=events.encode(event))

    async def _join(self, group: str) -> None:
        await self._with_layer("group_add", group)

    async def _leave(self, group: str) -> None:
        await self._with_layer("group_discard", group)

    async def _with_layer(self, action: str, group: str) -> None:
        """Without Redis there is no bell; followers look at the log by themselves."""
        try:
            async with asyncio.timeout(RING_SECONDS):
                await getattr(self.channel_layer, action)(group, self.channel_name)
        except Exception:  # noqa: BLE001  # whatever the layer's client raises
            logger.warning("socket.no_bell", extra={"topic": group.partition(".")[0]})
