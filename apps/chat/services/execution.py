"""One run from its claim to its ending: reads what is needed, lets the graph work, stores what comes out.

Imported by the agents process only: this is where LangGraph is loaded.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.db import Error as DatabaseTrouble

from apps.chat.errors import RightsChanged, RunTimedOut, StaleAttempt
from apps.chat.graph.build import run_agent
from apps.chat.graph.context import AgentContext, FoundPassage, Turn
from apps.chat.graph.limits import Limits
from apps.chat.graph.state import AgentState, CheckedCitation, Outcome
from apps.chat.models import RunState
from apps.chat.rendering import CitedSource, render_answer
from apps.chat.selectors.briefs import RunBrief, get_run_brief
from apps.chat.services.asker import Asker
from apps.chat.services.checkpoints import make_saver
from apps.chat.services.endings import CitedSpan, Ending, end_run
from apps.chat.services.journal import Journal, Render
from apps.chat.services.leases import ATTEMPTS_MAX, Claim, hand_over
from apps.chat.services.streams import run_streams
from apps.chat.services.summarising import summarising
from apps.chat.tools import TOOLS
from apps.chat.tools.base import EVERYTHING
from apps.chat.tools.box import RunToolbox
from apps.common.db import run_db
from apps.common.errors import QuireError
from apps.common.push import aring
from apps.documents.links import source_url
from apps.documents.search import Filters
from apps.gateway.attribution import calls_of_run
from apps.gateway.errors import StreamCut
from apps.gateway.targets import Price

logger = logging.getLogger(__name__)

# After this share of its time a run looks no further and answers.
TOOLS_TIME = 0.5
TOOK_TOO_LONG = "The answer was not finished in {:g} seconds and was ended. Try again, or ask a narrower question."
UNEXPECTED = "Quire could not finish this answer. It has been logged; try again."


async def execute_run(claim: Claim, stop: asyncio.Event, moved: asyncio.Event | None = None) -> None:
    """Carry out a claimed run to exactly one ending. `moved` is set when the asker's rights may be others than before.

    Returns quietly when the run was lost to another process. A database error passes through: the lease runs out and
    the run is taken up again. Cancelling this task leaves the run as it stands, for `hand_over`. An answer that broke off in the
    middle is begun anew, as another attempt that takes the place of this one: what came so far is spliced to nothing.
    """
    started = time.monotonic()
    try:
        async with Journal(claim, _renderer("")) as journal:
            with calls_of_run(claim.run_id):
                ending = await journal.guard(_work(claim, journal, stop, moved or asyncio.Event()))
            if ending is None or not ending.takes_back:
                await journal.flush()
        if ending is None:
            await run_db(hand_over, claim)
            logger.warning("run.broken_off", extra={"attempt": claim.attempt})
            return
        seq = await run_db(end_run, claim.run_id, claim.attempt, ending, last_seq=journal.last_seq)
    except StaleAttempt:
        logger.warning("run.lost", extra={"attempt": claim.attempt})
        return
    await run_streams().end(claim.run_id, seq, is_taken_back=ending.takes_back)
    await aring(f"run.{claim.run_id}", {})
    latency_ms = round((time.monotonic() - started) * 1000)
    logger.info("run.ended", extra={"state": ending.state.value, "code": ending.error_code, "attempt": claim.attempt, "latency_ms": latency_ms})


async def _work(claim: Claim, journal: Journal, stop: asyncio.Event, moved: asyncio.Event) -> Ending | None:
    """The ending that the run has earned; None: it is to be tried again. What goes wrong becomes words for the asker; only database errors
    and StaleAttempt are raised.
    """
    error: QuireError
    try:
        async with asyncio.timeout(settings.QUIRE_RUN_SECONDS):
            brief = await run_db(get_run_brief, claim.run_id)
            journal.render = _renderer(brief.reader.workspace.slug)
            asker = Asker(brief.reader, brief.collection_id)
            context = _context(claim.run_id, brief, asker, journal, stop)
            first = _first_state(brief)
            saver = await make_saver(claim, asker, first)
            async with summarising(brief, context.complete):
                outcome = await asker.unless_changed(run_agent(first, context, saver), moved)
            # What changed since the last look: an answer is not stored that nobody may have.
            await asker.check()
        return _ending(brief, outcome)
    except (DatabaseTrouble, StaleAttempt):
        raise
    except TimeoutError:
        error = RunTimedOut(TOOK_TOO_LONG.format(settings.QUIRE_RUN_SECONDS))
    except QuireError as raised:
        if isinstance(raised, StreamCut) and claim.attempt < ATTEMPTS_MAX:
            return None
        error = raised
    except Exception:
        logger.exception("run.crashed", extra={"attempt": claim.attempt})
        error = QuireError(UNEXPECTED)
    is_taken_back = isinstance(error, RightsChanged)
    return Ending(RunState.FAILED, error_code=error.code, error_detail=error.detail or error.title, takes_back=is_taken_back)


def _first_state(brief: RunBrief) -> AgentState:
    return {"question": brief.question, "summary": brief.summary, "history": tuple(Turn(*turn) for turn in brief.history)}


def _context(run_id: UUID, brief: RunBrief, asker: Asker, journal: Journal, stop: asyncio.Event) -> AgentContext:
    within = EVERYTHING if brief.collection_id is None else Filters(collection_ids=frozenset({brief.collection_id}))
    return AgentContext(
        search=asker.searching(TOOLS["search"].make(asker.who, within)),
        complete=TOOLS["complete"].make(asker.who),
        emit=journal,
        clock=time.monotonic,
        is_embedded=brief.model.is_embedded,
        stop=stop,
        embed=TOOLS["embed"].make(asker.who),
        # The model that comes with Quire quotes; it judges nothing.
        complete_object=None if brief.model.is_embedded else TOOLS["complete_object"].make(asker.who),
        tools=RunToolbox(brief.reader, asker, run_id, within) if brief.model.has_tools and settings.QUIRE_RUN_ROUNDS else None,
        tools_until=time.monotonic() + TOOLS_TIME * settings.QUIRE_RUN_SECONDS,
        limits=_limits(brief.price),
    )


def _limits(price: Price | None) -> Limits:
    return Limits(
        rounds=settings.QUIRE_RUN_ROUNDS,
        tool_chars=settings.QUIRE_RUN_TOOL_CHARS,
        tokens=settings.QUIRE_RUN_TOKENS,
        money=settings.QUIRE_RUN_MONEY,
        price_of=lambda input_tokens, output_tokens: price.of(input_tokens, output_tokens) if price else None,
    )


def _ending(brief: RunBrief, outcome: Outcome) -> Ending:
    return Ending(
        state=RunState.CANCELLED if outcome.is_stopped else RunState.COMPLETED,
        text=outcome.text,
        citations=[_span(one) for one in outcome.citations],
        model=brief.model.name,
        trace=outcome.trace,
    )


def _span(cited: CheckedCitation) -> CitedSpan:
    passage = cited.passage
    return CitedSpan(
        number=cited.number,
        passage_id=passage.id,
        version_id=passage.version_id,
        document_id=passage.document_id,
        page=passage.page,
        start=cited.start,
        end=cited.end,
        support=cited.support,
    )


def _renderer(slug: str) -> Render:
    """How blocks become HTML while they stream; the words of a source are known only after the check."""

    def render(markdown: str, sources: Mapping[int, FoundPassage]) -> str:
        return render_answer(markdown, {number: _cited(number, passage) for number, passage in sources.items()})

    def _cited(number: int, passage: FoundPassage) -> CitedSource:
        url = source_url(slug, UUID(passage.document_id), passage.id)
        return CitedSource(number, passage.title, passage.place, url)

    return render
