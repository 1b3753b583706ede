"""The page's one socket: what may be followed, by whom, and the events of it. Disconnecting never stops a run."""

import asyncio
import logging
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from apps.accounts.doors import SIGNED_IN
from apps.accounts.limits import alimit_socket_message
from apps.accounts.selectors.readers import get_reader
from apps.accounts.selectors.sessions import get_session_user
from apps.accounts.services.audit import refuse
from apps.accounts.types import Reader
from apps.chat import events
from apps.chat.follower import LibraryFollower, RunFollower
from apps.chat.selectors.runs import get_run_reader
from apps.chat.send_window import SendWindow
from apps.chat.watched_socket import Ended, WatchedSocket
from apps.common.db import run_db
from apps.common.errors import Invalid, QuireError
from apps.common.push import RING_SECONDS

logger = logging.getLogger(__name__)


class PageConsumer(WatchedSocket):
    """One socket a page, any number of topics up to a limit; the protocol stands in `events`.

    `permissions` says what each message needs, and is what it is held against.
    """

    actions: ClassVar[frozenset[str]] = events.CLIENT_ACTIONS
    permissions: ClassVar[dict[str, str]] = {
        "ping": SIGNED_IN,
        # Of what is not followed, or not there, nothing is acknowledged and nothing said.
        "ack": SIGNED_IN,
        "subscribe.run": "document.view",
        "subscribe.library": "document.view",
        "unsubscribe.run": SIGNED_IN,
        "unsubscribe.library": SIGNED_IN,
    }

    async def connect(self) -> None:
        self._runs: dict[UUID, tuple[RunFollower, asyncio.Task[None]]] = {}
        self._libraries: dict[str, LibraryFollower] = {}
        self._relays: dict[str, asyncio.Task[None]] = {}
        self._window = SendWindow()
        await super().connect()

    async def disconnect(self, code: int) -> None:
        groups = [*(f"run.{run_id}" for run_id in self._runs), *self._libraries]
        await super().disconnect(code)
        for group in groups:
            await self._leave(group)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.is_over:
            return
        about: dict[str, str] = {}
        try:
            await alimit_socket_message(self.scope["user"])
            if text_data is None:
                raise Invalid("Messages are text.")
            message = events.parse_client_message(text_data)
            about = getattr(getattr(message, "topic", None), "about", dict)()
            await self._obey(message, self.permissions[message.action])
        except Ended as error:
            await self.send_away(error)
        except QuireError as error:
            await self.say(events.error(error.code, error.detail or error.title, **about))

    async def push_message(self, message: dict[str, Any]) -> None:
        """A ring from the channel layer."""
        topic = message["topic"]
        if library := self._libraries.get(topic):
            library.ring(UUID(str(message["data"]["document"])))
            return
        for run_id, (follower, _) in self._runs.items():
            if topic == f"run.{run_id}":
                follower.ring()

    async def _obey(self, message: events.ClientMessage, permission: str) -> None:
        match message:
            case events.Ping():
                await self.say(events.pong())
            case events.Ack(run_id, seq):
                self._window.acknowledge(run_id, seq)
            case events.Subscribe(events.RunTopic(run_id), after):
                await self._follow_run(run_id, after, permission)
            case events.Subscribe(events.LibraryTopic(slug), _, shown):
                await self._follow_library(slug, shown, permission)
            case events.Unsubscribe(events.RunTopic(run_id)):
                await self._forget_run(run_id)
            case events.Unsubscribe(events.LibraryTopic(slug)):
                await self._forget_library(slug)

    def tasks(self) -> list["asyncio.Task[None]"]:
        return [*(task for _, task in self._runs.values()), *self._relays.values()]

    async def look_again(self) -> None:
        for library in [*self._libraries.values()]:
            await library.look_again()

    # --- runs

    async def _follow_run(self, run_id: UUID, after: int, permission: str) -> None:
        await self._forget_run(run_id)
        self._require_room()
        reader = await run_db(self._read_run_reader, run_id, permission)
        follower = RunFollower(reader, run_id, after, confirm=self.confirm, send=partial(self._say_of_run, run_id), session_key=self.session_key)
        self._runs[run_id] = (follower, asyncio.create_task(self._run_follower(run_id, follower)))

    async def _say_of_run(self, run_id: UUID, event: dict[str, Any]) -> None:
        await self._window.room(run_id)
        size = await self.say(event)
        self._window.sent(run_id, event["seq"], size)

    def _read_run_reader(self, run_id: UUID, permission: str) -> Reader:
        return _permitted(get_run_reader(get_session_user(self.session_key).pk, run_id), permission)

    async def _run_follower(self, run_id: UUID, follower: RunFollower) -> None:
        about = events.RunTopic(run_id).about()
        try:
            # Joined before the first look at the log, so that nothing falls between the two.
            await self._join(f"run.{run_id}")
            await follower.follow()
        except Ended as error:
            await self.send_away(error)
        except QuireError as error:
            await self.say(events.error(error.code, error.detail or error.title, **about))
        except Exception:
            logger.exception("socket.follow_failed", extra={"run_id": str(run_id)})
            await self.say(events.error("unavailable", "The answer cannot be followed right now. Subscribe again.", **about))
        self._runs.pop(run_id, None)
        self._window.forget(run_id)
        await self._leave(f"run.{run_id}")

    async def _forget_run(self, run_id: UUID) -> None:
        if followed := self._runs.pop(run_id, None):
            followed[1].cancel()
            self._window.forget(run_id)
            await self._leave(f"run.{run_id}")

    # --- the library

    async def _follow_library(self, slug: str, shown: tuple[UUID, ...], permission: str) -> None:
        await self._forget_library(slug)
        self._require_room()
        reader = await run_db(self._read_library_reader, slug, permission)
        library = LibraryFollower(reader, confirm=self.confirm, send=self.say)
        group = f"library.{reader.workspace.pk}"
        self._libraries[group] = library
        self.watch_workspace(reader)
        await self._join(group)
        await library.begin(shown)
        self._relays[group] = asyncio.create_task(self._relay(library))

    def _read_library_reader(self, slug: str, permission: str) -> Reader:
        return _permitted(get_reader(get_session_user(self.session_key), slug), permission)

    async def _relay(self, library: LibraryFollower) -> None:
        try:
            await library.follow()
        except Ended as error:
            await self.send_away(error)
        except Exception:
            logger.exception("socket.relay_failed")
            # Whoever comes again reads the list anew: nothing that rang is missed.
            with suppress(RuntimeError):
                await self.close(events.CLOSE_TROUBLE)

    async def _forget_library(self, slug: str) -> None:
        for group, library in [*self._libraries.items()]:
            if library.reader.workspace.slug == slug:
                del self._libraries[group]
                if relay := self._relays.pop(group, None):
                    relay.cancel()
                self.unwatch_workspace(library.reader)
                await self._leave(group)

    # --- plumbing

    def _require_room(self) -> None:
        if len(self._runs) + len(self._libraries) >= events.SUBSCRIPTIONS_MAX:
            raise Invalid(f"A page may follow {events.SUBSCRIPTIONS_MAX} things at once. Unsubscribe from one first.")

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


def _permitted(reader: Reader, permission: str) -> Reader:
    """The reader, who is signed in by now, with `permission` if there is more to it than that."""
    if permission != SIGNED_IN and not reader.can(permission):
        refuse(reader, permission, via="socket")
    return reader
