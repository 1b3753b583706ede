import pytest

from apps.documents.ingest.confine import memory_at_most

MEGABYTE = 1024 * 1024


def test_one_file_cannot_take_all_memory_and_the_next_one_has_its_own():
    with memory_at_most(64 * MEGABYTE):
        assert len(bytearray(16 * MEGABYTE)) == 16 * MEGABYTE
        with pytest.raises(MemoryError):
            bytearray(256 * MEGABYTE)
    assert len(bytearray(256 * MEGABYTE)) == 256 * MEGABYTE


def test_a_limit_that_is_there_already_is_not_widened():
    with memory_at_most(64 * MEGABYTE), memory_at_most(1024 * MEGABYTE), pytest.raises(MemoryError):
        bytearray(256 * MEGABYTE)
