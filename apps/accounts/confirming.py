"""Whether many readers are still who they were, asked at the same moment and answered by one look: before each word that is sent to them."""

import asyncio
from dataclasses import dataclass

from django.utils import timezone

from apps.accounts.selectors.standing import find_unmoved
from apps.accounts.types import Reader
from apps.common.db import run_db
from apps.common.per_loop import PerLoop


@dataclass(frozen=True, slots=True)
class _Asked:
    reader: Reader
    session_key: str
    answer: "asyncio.Future[bool]"


class Confirmer:
    """One of each event loop. Who asks while a look is under way is answered by the next one: never by what was read before they asked."""

    def __init__(self) -> None:
        self._asked: list[_Asked] = []
        self._looking: asyncio.Task[None] | None = None

    async def is_unmoved(self, reader: Reader, session_key: str = "") -> bool:
        """Whether nothing of their rights moved since `reader` was read, and the session or the key that they came by goes on."""
        asked = _Asked(reader, session_key, asyncio.get_running_loop().create_future())
        self._asked.append(asked)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_on())
        return await asked.answer

    async def _look_on(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, []
            look = run_db(find_unmoved, [one.reader for one in asked], {one.session_key for one in asked if one.session_key})
            [found] = await asyncio.gather(look, return_exceptions=True)
            for one in asked:
                if one.answer.done():
                    continue
                if isinstance(found, BaseException):
                    one.answer.set_exception(found)
                else:
                    one.answer.set_result(_is_unmoved(one, *found))


def _is_unmoved(asked: _Asked, unmoved: frozenset[tuple[int, int]], sessions: frozenset[str]) -> bool:
    reader = asked.reader
    # Who came by neither is for the caller to confirm in full: nothing here says that they still are there.
    is_in_time = reader.api_key_id is not None and (reader.expires_at is None or reader.expires_at > timezone.now())
    is_there = asked.session_key in sessions if asked.session_key else is_in_time
    return is_there and (reader.membership_id, reader.epoch) in unmoved


confirmer = PerLoop(Confirmer)
