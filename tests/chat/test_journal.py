"""The run's log as it is written: in order, quickly to Redis and soon to Postgres, small pieces of text joined."""

import asyncio
from uuid import UUID

import pytest
from django.db import OperationalError

from apps.chat.errors import StaleAttempt
from apps.chat.services import log_pump
from apps.chat.services.journal import Journal
from apps.chat.services.leases import Claim
from apps.chat.services.log_pump import LogPump
from apps.chat.services.streams import APPENDED, STALE, UNKNOWN
from tests.chat.graph.scene import passage
from tests.chat.stage import eventually

CLAIM = Claim(UUID(int=1), 2)
OTHER = Claim(UUID(int=2), 1)


class Log:
    """Stands in for Redis and Postgres: keeps what each was told, and can be slow, away or lost."""

    def __init__(self):
        self.streamed, self.flushed, self.held = [], [], []
        self.answer, self.stale, self.error = APPENDED, set(), None
        self.is_redis_away = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def append(self, pages):
        self.streamed.append(pages)
        return None if self.is_redis_away else [self.answer for _ in pages]

    async def hold(self, attempts):
        self.held.append(attempts)

    async def run_db(self, work, asked):
        if work is log_pump.find_held:
            return set(asked) - self.stale
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        self.flushed.append(asked)
        return self.stale

    @property
    def events(self):
        return [event for pages in self.flushed for page in pages for event in page.events]

    @property
    def texts(self):
        return [event.text for pages in self.streamed for page in pages for _, event in page.events if event.type == "text.delta"]


@pytest.fixture
async def log(monkeypatch):
    log = Log()
    monkeypatch.setattr(log_pump, "run_db", log.run_db)
    monkeypatch.setattr(log_pump, "STREAM_SECONDS", 0.01)
    monkeypatch.setattr(log_pump, "FLUSH_SECONDS", 0.02)
    monkeypatch.setattr(log_pump, "RETRY_SECONDS", 0.01)
    return log


@pytest.fixture
async def write(log):
    pump = LogPump(log)

    def make(claim=CLAIM):
        return Journal(claim, lambda markdown, sources: f"<p>{markdown.strip()}</p>", pump)

    return make


async def test_numbers_go_up_by_one_from_the_attempts_own_million(log, write):
    async with write() as journal:
        journal.started_stage("searching", "Searching")
        journal.cited(1, passage(5, "text", page=3))
        journal.wrote("One.")
        journal.finished_blocks("One.\n\n", "Two", {})
        await journal.flush()
    assert [seq for seq, _ in log.events] == [2_000_001, 2_000_002, 2_000_003, 2_000_004, 2_000_005]
    assert [event.type for _, event in log.events] == ["run.started", "stage.changed", "citation.added", "text.delta", "block.rendered"]
    assert log.events[-1][1].html == "<p>One.</p>"
    assert journal.last_seq == 2_000_005


async def test_the_first_words_go_at_once_and_small_pieces_are_joined(log, write, monkeypatch):
    async with write() as journal:
        await eventually(lambda: log.streamed)
        monkeypatch.setattr(log_pump, "STREAM_SECONDS", 0.2)
        journal.wrote("First")
        await eventually(lambda: log.texts)
        for piece in ("a", "b", "c"):
            journal.wrote(piece)
            await asyncio.sleep(0)
        await eventually(lambda: len(log.texts) == 2)
    assert log.texts == ["First", "abc"]


async def test_the_events_of_all_runs_go_together(log, write):
    log.gate.clear()
    async with write() as one, write(OTHER) as other:
        one.wrote("One.")
        other.wrote("Other.")
        await eventually(lambda: len(log.texts) == 2)
        log.gate.set()
        await one.flush()
        await other.flush()
    assert {page.run_id for page in log.streamed[0]} == {CLAIM.run_id, OTHER.run_id}
    assert any(len(pages) == 2 for pages in log.flushed)


async def test_what_postgres_has_is_not_told_again(log, write):
    async with write() as journal:
        await journal.flush()
        journal.wrote("more")
        await journal.flush()
    assert [seq for seq, _ in log.events] == [2_000_001, 2_000_002]


async def test_a_flush_with_nothing_to_do_waits_for_nobody(log, write):
    async with write() as journal:
        await journal.flush()
        log.gate.clear()
        await journal.flush()


@pytest.mark.parametrize("answer", [STALE, UNKNOWN])
async def test_a_lost_run_ends_the_work(log, write, answer):
    log.answer, log.stale = answer, {CLAIM.run_id}
    async with write() as journal:
        with pytest.raises(StaleAttempt):
            await journal.guard(asyncio.Event().wait())


async def test_a_lost_run_is_seen_by_a_flush(log, write):
    async with write() as journal:
        await journal.flush()
        log.stale = {CLAIM.run_id}
        journal.wrote("more")
        with pytest.raises(StaleAttempt):
            await journal.flush()


async def test_an_emptied_redis_is_filled_with_what_postgres_has_not(log, write):
    log.gate.clear()
    async with write() as journal:
        await eventually(lambda: log.streamed)
        log.answer = UNKNOWN
        journal.wrote("text")
        await eventually(lambda: log.held)
        await eventually(lambda: len(log.streamed[-1][0].events) == 2)
        log.gate.set()
    assert log.held[0] == {CLAIM.run_id: CLAIM.attempt}


async def test_without_redis_all_goes_to_postgres(log, write):
    log.is_redis_away = True
    async with write() as journal:
        journal.wrote("text")
        await journal.flush()
    assert [event.type for _, event in log.events] == ["run.started", "text.delta"]


async def test_a_postgres_that_is_away_is_waited_for(log, write):
    log.error = OperationalError("away")
    async with write() as journal:
        journal.wrote("text")
        flushing = asyncio.create_task(journal.flush())
        await eventually(lambda: log.texts)
        assert not flushing.done()
        log.error = None
        await flushing
    assert [event.type for _, event in log.events] == ["run.started", "text.delta"]


async def test_and_no_longer_than_a_lease_lasts(log, write, settings):
    settings.QUIRE_RUN_LEASE_SECONDS = 0
    log.error = OperationalError("away")
    async with write() as journal:
        with pytest.raises(OperationalError):
            await journal.guard(asyncio.Event().wait())


async def test_what_nobody_foresaw_ends_the_runs_and_not_the_pump(log, write, caplog):
    log.error = ZeroDivisionError()
    async with write() as journal:
        with pytest.raises(ZeroDivisionError):
            await journal.guard(asyncio.Event().wait())
    log.error = None
    async with write(OTHER) as journal:
        await journal.flush()
    assert "run_log.broken" in caplog.text


async def test_what_the_work_raises_is_raised(log, write):
    async def fail():
        raise ValueError("wrong")

    async with write() as journal:
        with pytest.raises(ValueError, match="wrong"):
            await journal.guard(fail())
