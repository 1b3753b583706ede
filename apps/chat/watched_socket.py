"""A socket that lives as long as its session and its reader's rights stay the same, whatever is said on it.

The process's watch tells it of changes; it reads itself anew then, and goes on, or says why not and closes.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

from apps.accounts.limits import SocketExceeded, alimit_socket_open
from apps.accounts.types import Reader
from apps.accounts.watch import Watched, rights_watch
from apps.chat import events
from apps.chat.errors import RightsChanged, TooSlow
from apps.chat.visit import Visit, confirm, read_visit
from apps.common.db import run_db
from apps.common.errors import NotSignedIn, QuireError

logger = logging.getLogger(__name__)

# What ends a socket; every other error is an answer to one message.
Ended = (NotSignedIn, RightsChanged, TooSlow, SocketExceeded)


def _about(error: QuireError) -> dict[str, Any]:
    """Which subscription it is about, and from where to resume it."""
    return {name: error.extra[name] for name in ("topic", "id", "after") if name in error.extra}


class WatchedSocket(AsyncWebsocketConsumer):
    """Who is there, until when, and the one way to say something to them."""

    _watched: Watched | None = None
    _reading: asyncio.Task[None] | None = None
    _is_over = False

    async def connect(self) -> None:
        user = self.scope.get("user")
        # Accepted first: a browser is not told the code of a socket that was never open.
        await self.accept()
        try:
            if user is None or not user.is_authenticated:
                raise NotSignedIn("Sign in to go on.")
            await alimit_socket_open(user)
            self._visit: Visit = await run_db(read_visit, self.session_key)
        except Ended as error:
            await self.send_away(error)
        else:
            self._watched = Watched(self.session_key, self._visit.user.pk, self._visit.user.epoch, self._on_change)
            rights_watch().add(self._watched)

    async def disconnect(self, code: int) -> None:
        self._let_go()

    @property
    def is_over(self) -> bool:
        return self._is_over

    @property
    def session_key(self) -> str:
        return str(self.scope["session"].session_key)

    async def say(self, event: dict[str, Any]) -> int:
        """How many bytes that took; 0 once it is over."""
        if self._is_over:
            return 0
        text = events.encode(event)
        # A server says in this way that the page has just gone; `disconnect` follows and tidies up.
        with suppress(RuntimeError):
            await self.send(text_data=text)
        return len(text.encode())

    async def send_away(self, error: QuireError) -> None:
        """Say why, and close; nothing that is under way says anything after it."""
        if self._is_over:
            return
        self._is_over = True
        self._let_go()
        with suppress(RuntimeError):
            await self.send(text_data=events.encode(events.error(error.code, error.detail or error.title, **_about(error))))
            await self.close(events.CLOSE_CODES[error.code])

    # --- for the socket's own topics

    def tasks(self) -> list["asyncio.Task[None]"]:
        """What goes on for this socket and ends with it."""
        return []

    async def look_again(self) -> None:
        """Called when a watched workspace opened or closed something."""

    def confirm(self, reader: Reader) -> Reader:
        """Return the reader of this moment; to be called in a thread of the database, before something is sent."""
        return confirm(reader, self.session_key)

    def watch_workspace(self, reader: Reader) -> None:
        if self._watched is not None:
            self._watched.workspaces[reader.workspace.pk] = reader.workspace.epoch

    def unwatch_workspace(self, reader: Reader) -> None:
        if self._watched is not None:
            self._watched.workspaces.pop(reader.workspace.pk, None)

    # --- changes

    def _on_change(self) -> None:
        """Called by the watch, at each look until what it compares is up to date."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_anew())

    async def _read_anew(self) -> None:
        try:
            now = await run_db(read_visit, self.session_key)
            self._visit.require_same_rights(now)
            await self.look_again()
        except Ended as error:
            await self.send_away(error)
        except Exception:
            # The watch tells again at its next look.
            logger.warning("socket.unconfirmed", exc_info=True)
        else:
            self._take(now)

    def _take(self, now: Visit) -> None:
        self._visit = now
        if self._watched is not None:
            self._watched.user_epoch = now.user.epoch
            self._watched.workspaces |= {workspace: now.readers[workspace].workspace.epoch for workspace in self._watched.workspaces}

    def _let_go(self) -> None:
        """Stop all that goes on for this socket, but for whoever is just doing this."""
        if self._watched is not None:
            rights_watch().discard(self._watched)
        for task in [*self.tasks(), self._reading]:
            if task is not None and task is not asyncio.current_task():
                task.cancel()
