"""The run's log as it is written: in order, in batches, small pieces of text joined."""

import asyncio

import pytest

from apps.chat.errors import StaleAttempt
from apps.chat.services import journal as journals
from apps.chat.services.journal import Journal
from apps.chat.services.leases import Claim
from tests.chat.graph.scene import passage
from tests.chat.stage import eventually

CLAIM = Claim("00000000-0000-0000-0000-000000000001", 2)


class Log:
    """Stands in for the database: keeps batches, and can be slow or lost."""

    def __init__(self):
        self.batches = []
        self.rings = []
        self.error = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def write(self, append, run_id, attempt, events):
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        self.batches.append(events)

    async def ring(self, topic, data):
        self.rings.append(topic)

    @property
    def events(self):
        return [(seq, event) for batch in self.batches for seq, event in batch]

    @property
    def texts(self):
        return [event.text for _, event in self.events if event.type == "text.delta"]


@pytest.fixture
async def log(monkeypatch):
    log = Log()
    monkeypatch.setattr(journals, "run_db", log.write)
    monkeypatch.setattr(journals, "aring", log.ring)
    return log


def render(markdown, sources):
    return f"<p>{markdown.strip()}</p>"


async def test_numbers_go_up_by_one_from_the_attempts_own_million(log):
    async with Journal(CLAIM, render) as journal:
        journal.started_stage("searching", "Searching")
        journal.cited(1, passage(5, "text", page=3))
        journal.wrote("One.")
        journal.finished_blocks("One.\n\n", "Two", {})
        await journal.flush()
    assert [seq for seq, _ in log.events] == [2_000_001, 2_000_002, 2_000_003, 2_000_004, 2_000_005]
    assert [event.type for _, event in log.events] == ["run.started", "stage.changed", "citation.added", "text.delta", "block.rendered"]
    assert log.events[-1][1].html == "<p>One.</p>"


async def test_the_first_words_go_at_once(log, monkeypatch):
    monkeypatch.setattr(journals, "COALESCE_SECONDS", 60)
    async with Journal(CLAIM, render) as journal:
        journal.wrote("First")
        await eventually(lambda: log.texts)
    assert log.texts == ["First"]


async def test_small_pieces_are_joined(log, monkeypatch):
    monkeypatch.setattr(journals, "COALESCE_SECONDS", 0.02)
    async with Journal(CLAIM, render) as journal:
        journal.wrote("First")
        await eventually(lambda: log.texts)
        for piece in ("a", "b", "c"):
            journal.wrote(piece)
            await asyncio.sleep(0)
        await eventually(lambda: len(log.texts) == 2)
    assert log.texts == ["First", "abc"]


async def test_much_text_does_not_wait(log, monkeypatch):
    monkeypatch.setattr(journals, "COALESCE_SECONDS", 60)
    async with Journal(CLAIM, render) as journal:
        journal.wrote("First")
        await eventually(lambda: log.texts)
        journal.wrote("x" * 40)
        await eventually(lambda: len(log.texts) == 2)
    assert log.texts == ["First", "x" * 40]


async def test_what_comes_while_a_batch_is_written_is_the_next_batch(log):
    log.gate.clear()
    async with Journal(CLAIM, render) as journal:
        await asyncio.sleep(0)
        for number in range(50):
            journal.started_stage("s", str(number))
        log.gate.set()
        await journal.flush()
    assert len(log.batches) <= 3
    assert [seq for seq, _ in log.events] == list(range(2_000_001, 2_000_052))


async def test_every_batch_rings(log):
    async with Journal(CLAIM, render) as journal:
        await journal.flush()
    assert log.rings == [f"run.{CLAIM.run_id}"]


async def test_a_lost_run_ends_the_work(log):
    log.error = StaleAttempt()
    async with Journal(CLAIM, render) as journal:
        with pytest.raises(StaleAttempt):
            await journal.guard(asyncio.Event().wait())


async def test_a_lost_run_is_seen_by_a_flush(log):
    async with Journal(CLAIM, render) as journal:
        await journal.flush()
        log.error = StaleAttempt()
        journal.wrote("more")
        with pytest.raises(StaleAttempt):
            await journal.flush()


async def test_what_the_work_raises_is_raised(log):
    async def fail():
        raise ValueError("wrong")

    async with Journal(CLAIM, render) as journal:
        with pytest.raises(ValueError, match="wrong"):
            await journal.guard(fail())
