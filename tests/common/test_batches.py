"""What a writer of batches does where its entries say nothing of their own. The rest is proved by the audit trail's."""

from threading import Event

import pytest
from django.db import OperationalError

from apps.common.batches import BatchWriter

pytestmark = pytest.mark.django_db(transaction=True)


class ListWriter(BatchWriter[int]):
    name = "numbers"

    def __init__(self, **options):
        self.written, self.is_away, self.failed, self.emptied = [], False, Event(), Event()
        super().__init__(**options)

    def insert(self, entries):
        if self.is_away:
            self.failed.set()
            raise OperationalError
        if -1 in entries:
            raise ValueError
        self.written += entries
        self.emptied.set()


def messages(caplog):
    return [(record.msg, getattr(record, "count", None)) for record in caplog.records]


def test_without_a_begin_it_writes_at_once():
    writer = ListWriter()
    writer.write(1)
    assert writer.written == [1]


def test_one_that_is_refused_goes_alone(caplog):
    writer = ListWriter()
    writer.begin(30)
    for number in (1, -1, 2):
        writer.write(number)
    writer.end()
    assert writer.written == [1, 2]
    assert ("numbers.refused", None) in messages(caplog)


def test_what_found_no_room_is_told_of_at_the_end_where_no_entry_tells_of_it(caplog):
    writer = ListWriter(capacity=2, batch=1, retry_seconds=0.01)
    writer.is_away = True
    writer.begin(0.01)
    writer.write(1)
    assert writer.failed.wait(20)
    writer.failed.clear()
    assert writer.failed.wait(20)
    for number in range(2, 6):
        writer.write(number)
    writer.is_away = False
    assert writer.emptied.wait(20)
    writer.end()
    assert writer.written == [1, 2]
    assert messages(caplog)[-1] == ("numbers.lost", 3)
