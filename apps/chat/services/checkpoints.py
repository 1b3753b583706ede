"""What stands in Postgres of a run that is being answered, so that another process can go on after the last node that was finished.

One column of the run, fenced by the attempt as its log is, and emptied when the run ends. It is a convenience for the next attempt: where it cannot
be written, a node is done once more. Calls of tools alone have to stand in it before they are done.
"""

import logging
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import Error as DatabaseTrouble

from apps.accounts.types import Reader
from apps.chat.errors import RightsChanged, StaleAttempt
from apps.chat.graph.build import shape
from apps.chat.graph.context import FoundPassage
from apps.chat.graph.keeping import load_state, passage_ids
from apps.chat.graph.saver import RunSaver
from apps.chat.graph.state import AgentState
from apps.chat.models import Run, RunState
from apps.chat.selectors.library import has_hidden, read_passages
from apps.chat.services.asker import NOT_TO_SEE, Asker
from apps.chat.services.leases import Claim
from apps.common.db import run_db
from apps.documents.places import place_of

logger = logging.getLogger(__name__)


async def make_saver(claim: Claim, asker: Asker, first: AgentState) -> RunSaver:
    """The run's saver, which goes on where an earlier attempt got to. `first` is the state that a run begins with.

    Raises RightsChanged where a passage that it got hold of is not the asker's to see any more. One that is gone, or a graph of another
    shape, begins the run anew.
    """

    # Any: JSON.
    async def keep(kept: dict[str, Any]) -> None:
        try:
            await run_db(_store, claim, {**kept, "shape": shape()})
        except DatabaseTrouble as trouble:
            # What has an effect begins only when its call stands here: asked for again it might be another one, under the same key.
            if kept["state"].get("calls"):
                raise
            logger.warning("run.not_kept", extra={"attempt": claim.attempt, "reason": type(trouble).__name__})

    kept = await run_db(_read, claim.run_id) if claim.attempt > 1 else None
    if kept is None or kept.get("shape") != shape():
        return RunSaver(str(claim.run_id), keep)
    passages = await run_db(_read_found, await asker.who(), passage_ids(kept["state"]))
    await asker.hold([*passages.values()])
    try:
        state: AgentState = {**first, **load_state(kept["state"], passages)}
    except (KeyError, ValueError):
        logger.info("run.begun_anew", extra={"attempt": claim.attempt})
        return RunSaver(str(claim.run_id), keep)
    logger.info("run.taken_up", extra={"attempt": claim.attempt, "step": kept["step"]})
    return RunSaver(str(claim.run_id), keep, kept, state)


def _store(claim: Claim, kept: dict[str, Any]) -> None:
    if not Run.objects.filter(pk=claim.run_id, attempt=claim.attempt, state=RunState.RUNNING).update(checkpoint=kept):
        raise StaleAttempt


def _read(run_id: UUID) -> dict[str, Any] | None:
    kept: dict[str, Any] | None = Run.objects.values_list("checkpoint", flat=True).get(pk=run_id)
    return kept


def _read_found(reader: Reader, ids: Collection[int]) -> dict[int, FoundPassage]:
    """Those of the passages that are still there; RightsChanged where one of them is, but not for this reader.

    Their scores are those of the search, and kept.
    """
    if has_hidden(reader, ids):
        raise RightsChanged(NOT_TO_SEE)
    return {
        one.pk: FoundPassage(one.pk, str(one.version.document_id), str(one.version_id), one.version.document.title, one.page, one.text, 0.0, place_of(one))
        for one in read_passages(reader, ids)
    }
