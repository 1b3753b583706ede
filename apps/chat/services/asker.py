"""Whom a run acts for, at this moment, and whether it may go on for them.

A run is begun with the rights of its asker and goes on with those of each moment. It ends as soon as they may not ask any
more, or a passage that it holds is not theirs to see: what it wrote may rest on it.
"""

import asyncio
from collections.abc import Collection, Coroutine, Sequence
from typing import Any, NoReturn, TypeVar
from uuid import UUID

from apps.accounts.selectors.readers import renew
from apps.accounts.types import Reader
from apps.chat.errors import RightsChanged
from apps.chat.graph.context import FoundPassage, Search
from apps.chat.selectors.library import has_hidden, require_collection
from apps.common.db import run_db
from apps.common.errors import NotFound, NotSignedIn

MAY_NOT_ASK = "What you may do in this workspace changed while the answer was being written, so it was ended."
NOT_TO_SEE = "A document that this answer rests on is no longer open to you, so it was ended and what was written is taken back. Try again."
_NEEDED = frozenset({"chat.ask", "document.view"})

T = TypeVar("T")


class Asker:
    """The reader, renewed whenever somebody asks, and the passages that the run got to see so far. `collection_id`: the one that it asks."""

    def __init__(self, reader: Reader, collection_id: UUID | None = None) -> None:
        self._reader = reader
        self._collection_id = collection_id
        self._needs = _NEEDED & reader.permissions
        self._passages: set[int] = set()

    async def who(self) -> Reader:
        """The reader of this moment. Raises RightsChanged where the run may not go on."""
        await self.check()
        return self._reader

    async def check(self) -> None:
        """Raise RightsChanged where the run may not go on; one tiny query while the epoch stands."""
        self._reader = await run_db(self._renew, frozenset(self._passages))

    def searching(self, search: Search) -> Search:
        """`search`, whose passages are held from now on."""

        async def find(query: str, limit: int) -> list[FoundPassage]:
            found = list(await search(query, limit))
            await self.hold(found)
            return found

        return find

    async def hold(self, passages: Sequence[FoundPassage]) -> None:
        """From now on the run ends where one of these is not the asker's to see. Raises RightsChanged where it is so already."""
        ids = {passage.id for passage in passages}
        self._passages |= ids
        # Rights may have changed, and the run been checked, while they were looked for.
        await run_db(_require_visible, await self.who(), ids)

    async def unless_changed(self, work: Coroutine[Any, Any, T], moved: asyncio.Event) -> T:
        """The result of `work`; raises RightsChanged, with `work` cancelled, once it may not go on. `moved` says when to look."""
        working, minding = asyncio.create_task(work), asyncio.create_task(self._mind(moved))
        try:
            await asyncio.wait({working, minding}, return_when=asyncio.FIRST_COMPLETED)
            if minding.done():
                minding.result()
            return await working
        finally:
            working.cancel()
            minding.cancel()
            await asyncio.gather(working, minding, return_exceptions=True)

    async def _mind(self, moved: asyncio.Event) -> NoReturn:
        while True:
            await moved.wait()
            moved.clear()
            await self.check()

    def _renew(self, passages: Collection[int]) -> Reader:
        try:
            now = renew(self._reader)
        except (NotFound, NotSignedIn):
            raise RightsChanged(MAY_NOT_ASK) from None
        require_collection(now, self._collection_id)
        if now is self._reader:
            return now
        if not self._needs <= now.permissions:
            raise RightsChanged(MAY_NOT_ASK)
        _require_visible(now, passages)
        return now


def _require_visible(reader: Reader, passages: Collection[int]) -> None:
    if has_hidden(reader, passages):
        raise RightsChanged(NOT_TO_SEE)
