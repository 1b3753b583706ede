"""The writer behind `note`: once each, in batches, bounded, and nothing is lost in silence."""

import asyncio
import logging
import multiprocessing
from threading import Event, Thread

import psycopg
import pytest
from django.db import OperationalError, connection, connections
from psycopg import sql

from apps.accounts.models import AuditEntry
from apps.accounts.services import audit_writer
from apps.accounts.services.audit import note
from apps.accounts.services.audit_writer import AuditWriter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def make_writer():
    made = []

    def make(seconds=30.0, **options):
        writer = AuditWriter(**{"retry_seconds": 0.01, **options})
        writer.begin(seconds)
        made.append(writer)
        return writer

    yield make
    for writer in made:
        writer.end()


@pytest.fixture(autouse=True)
def _nothing_dropped_before():
    audit_writer.WRITER.reset()
    yield
    audit_writer.WRITER.reset()


@pytest.fixture
def statements(monkeypatch):
    """How many INSERTs each writer sends."""
    seen = []
    bulk_create = AuditEntry.objects.bulk_create

    def count(entries, **options):
        seen.append(len(entries))
        return bulk_create(entries, **options)

    monkeypatch.setattr(AuditEntry.objects, "bulk_create", count)
    return seen


class Away:
    """This test's own database lets nobody in any more, until it does again."""

    def __enter__(self):
        connection.close()
        self._let_in("false")

    def __exit__(self, *_):
        self._let_in("true")

    def _let_in(self, flag):
        owner = connections["owner"].settings_dict
        address = {"host": owner["HOST"], "port": owner["PORT"] or None, "user": owner["USER"], "password": owner["PASSWORD"]}
        with psycopg.connect(**address, dbname="postgres", autocommit=True) as other:
            other.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(sql.Identifier(owner["NAME"]), sql.SQL(flag)))


def entry(number=0):
    return AuditEntry(action="api.request", detail={"number": number})


def numbers():
    return sorted(AuditEntry.objects.filter(action="api.request").values_list("detail__number", flat=True))


def wait_until(is_so):
    for _ in range(1000):
        if is_so():
            return
        Event().wait(0.01)
    raise AssertionError("it did not happen")


def test_without_a_writer_an_entry_is_there_at_once():
    note("api.request", number=1)
    assert numbers() == [1]


def test_notes_of_eight_threads_arrive_once_each_and_in_batches(make_writer, statements):
    writer = make_writer(seconds=0.5)

    def work(first):
        for number in range(first, first + 625):
            writer.write(entry(number))

    threads = [Thread(target=work, args=(first,)) for first in range(0, 5000, 625)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.end()
    assert numbers() == list(range(5000))
    assert sum(statements) == 5000
    assert len(statements) <= 20


def test_a_few_entries_do_not_wait_for_many(make_writer, statements):
    writer = make_writer(seconds=0.05)
    for number in range(3):
        writer.write(entry(number))
    wait_until(lambda: numbers() == [0, 1, 2])
    assert statements == [3]


def test_many_do_not_wait_for_the_time(make_writer):
    writer = make_writer(seconds=3600, batch=5)
    for number in range(5):
        writer.write(entry(number))
    wait_until(lambda: len(numbers()) == 5)


def test_a_full_queue_lets_the_caller_write(make_writer):
    writer = make_writer(seconds=3600, capacity=3, batch=100)
    for number in range(5):
        writer.write(entry(number))
    assert numbers() == [3, 4]
    writer.end()
    assert numbers() == [0, 1, 2, 3, 4]


def test_a_full_queue_lets_a_caller_in_an_event_loop_write(make_writer):
    writer = make_writer(seconds=3600, capacity=1)

    async def work():
        writer.write(entry(1))
        writer.write(entry(2))

    asyncio.run(work())
    assert numbers() == [2]


def connected():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return {pid for (pid,) in cursor.fetchall()}


def test_no_connection_is_kept_between_batches(make_writer):
    before = connected()
    make_writer(seconds=0.01).write(entry())
    wait_until(lambda: numbers() == [0])
    wait_until(lambda: connected() <= before)


def test_a_database_that_is_away_and_comes_back_gets_everything_and_the_number_of_what_found_no_room(make_writer, caplog):
    writer = make_writer(seconds=0.01, capacity=4)
    with Away():
        writer.write(entry(0))
        wait_until(lambda: "audit.write_failed" in caplog.messages)
        for number in range(1, 10):
            writer.write(entry(number))
        caplog.clear()
        wait_until(lambda: "audit.write_failed" in caplog.messages)
    wait_until(lambda: AuditEntry.objects.filter(action="audit.dropped").exists())
    assert numbers() == [0, 1, 2, 3]
    assert AuditEntry.objects.get(action="audit.dropped").detail == {"count": 6}
    assert 6 in [getattr(record, "dropped_count", None) for record in caplog.records]


def test_a_second_try_writes_nothing_twice(make_writer, monkeypatch):
    """Where the connection breaks at the commit, nobody knows whether it was one."""
    writer = make_writer(seconds=0.01)
    bulk_create, tries = AuditEntry.objects.bulk_create, []

    def write_and_break(entries, **options):
        bulk_create(entries, **options)
        tries.append(len(entries))
        if len(tries) == 1:
            raise OperationalError

    monkeypatch.setattr(AuditEntry.objects, "bulk_create", write_and_break)
    writer.write(entry(1))
    wait_until(lambda: len(tries) == 2)
    writer.end()
    assert numbers() == [1]


def test_one_entry_that_postgres_refuses_does_not_keep_the_others_back(make_writer, caplog):
    writer = make_writer(seconds=0.01)
    writer.write(entry(1))
    writer.write(AuditEntry(action="x" * 99))
    writer.write(entry(2))
    wait_until(lambda: numbers() == [1, 2])
    writer.end()
    assert "audit.refused" in caplog.messages


def test_the_end_writes_what_waits_and_what_comes_later(make_writer):
    writer = make_writer(seconds=3600)
    writer.write(entry(1))
    writer.end()
    writer.write(entry(2))
    assert numbers() == [1, 2]


def test_an_end_without_a_database_is_bounded_and_counted(make_writer, caplog):
    writer = make_writer(seconds=3600)
    writer.write(entry(1))
    with Away():
        writer.end()
        assert not writer._thread.is_alive()
    (lost,) = [record for record in caplog.records if record.msg == "audit.lost"]
    assert (lost.count, lost.levelno) == (1, logging.ERROR)


def test_an_entry_that_its_caller_could_not_write_is_counted(caplog):
    with Away():
        audit_writer.WRITER.write(entry(1))
    assert "audit.not_written" in caplog.messages
    audit_writer.WRITER.end()
    assert [record.count for record in caplog.records if record.msg == "audit.lost"] == [1]


def test_an_entry_that_a_loop_could_not_write_is_counted(caplog):
    async def work():
        audit_writer.WRITER.write(entry(1))

    with Away():
        asyncio.run(work())
    assert "audit.not_written" in caplog.messages


def test_a_forked_child_leaves_its_parents_entries_alone(make_writer):
    writer = make_writer(seconds=3600)
    writer.write(entry(1))

    def work():
        writer.reset()  # as the hook does for the one writer of the process
        writer.write(entry(2))
        writer.end()

    # Closed before: a child that closes what it inherits says goodbye in its parent's name.
    connections.close_all()
    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join()
    assert numbers() == [2]
    writer.end()
    assert numbers() == [1, 2]
