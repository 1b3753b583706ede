"""One look a process at the rights of everybody who is connected, so that a change reaches them while nothing is said.

A connection that somebody's rights opened is watched as long as it stands. However many there are, a look is at most three
queries, each 0.4 s, and none while nobody is watched. What is said on a connection is checked by itself each time.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from apps.accounts.selectors.standing import Standing, get_standing
from apps.common.db import run_db
from apps.common.per_loop import PerLoop

logger = logging.getLogger(__name__)

INTERVAL_SECONDS = 0.4


@dataclass(eq=False, slots=True)
class Watched:
    """A connection and the counts at which its rights were read; `on_change` is told, and puts the new counts here.

    `workspaces` are those of which something is shown that a change of grants takes away.
    """

    session_key: str
    user_id: UUID
    user_epoch: int
    on_change: Callable[[], None]
    workspaces: dict[UUID, int] = field(default_factory=dict)

    def has_moved(self, standing: Standing) -> bool:
        return (
            self.session_key not in standing.sessions
            or standing.users.get(self.user_id) != self.user_epoch
            or any(standing.workspaces.get(workspace) != epoch for workspace, epoch in self.workspaces.items())
        )


class RightsWatch:
    """Looks while there is somebody to look after. Whoever moved is told at each look until their counts are the new ones.

    A database that is away is asked again and again; meanwhile nobody is told anything, and nobody can be sent anything
    either, because whatever is sent is read from the same database.
    """

    def __init__(self, interval_seconds: float) -> None:
        self._interval_seconds = interval_seconds
        self._watched: set[Watched] = set()
        self._task: asyncio.Task[None] | None = None
        self._is_blind = False

    @property
    def is_looking(self) -> bool:
        return self._task is not None

    def add(self, watched: Watched) -> None:
        self._watched.add(watched)
        if self._task is None:
            self._task = asyncio.create_task(self._keep_looking())

    def discard(self, watched: Watched) -> None:
        self._watched.discard(watched)
        if not self._watched and self._task is not None:
            self._task.cancel()
            self._task = None

    async def look(self) -> None:
        """Look once, and tell those concerned."""
        watched = list(self._watched)
        users = {one.user_id for one in watched}
        workspaces = {workspace for one in watched for workspace in one.workspaces}
        standing = await run_db(get_standing, users, workspaces, {one.session_key for one in watched})
        for one in watched:
            if one in self._watched and one.has_moved(standing):
                one.on_change()

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(self._interval_seconds)
            try:
                await self.look()
                self._is_blind = False
            except Exception:
                # Whatever it was, whoever is watched must not be left unwatched: one line for the whole absence.
                if not self._is_blind:
                    logger.exception("rights_watch.blind")
                self._is_blind = True


# The watch of the running event loop: a process has one.
rights_watch = PerLoop(lambda: RightsWatch(INTERVAL_SECONDS))
