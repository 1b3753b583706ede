import signal
import time

import pytest

from apps.documents.errors import ContentTooLarge, FileRefused, NoText, UnreadableFile
from apps.documents.ingest.confined import limits
from apps.documents.ingest.confined.connection import Patience
from apps.documents.ingest.confined.errors import ReaderGone
from apps.documents.ingest.confined.reading import read_confined
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.parsers.registry import get_parser
from apps.documents.types import Kind
from tests.documents.confined.planted import good


class Clock:
    """Every look at it takes twenty seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 20
        return self.now


def test_all_that_a_parser_makes_comes_through(read, tmp_path, is_empty):
    seen = []
    parsed = read("good", progress=lambda *numbers: seen.append(numbers))
    made = good(tmp_path, lambda *_: None, BARE)
    assert (parsed.title, parsed.page_count, parsed.unit) == (made.title, made.page_count, made.unit)
    assert list(parsed.pages) == made.pages
    assert (parsed.unread_pages, parsed.notes, parsed.attachments) == ([4], ["A note."], [])
    assert seen == [(1, 2)]
    assert list(parsed.pages) == []
    assert is_empty()


def test_a_real_file_is_read_as_its_parser_reads_it(tmp_path, host):
    path = tmp_path / "notes"
    path.write_text("# Awls\n\nAn awl makes holes.\n\n- one\n- two\n", encoding="utf-8")
    parsed = read_confined(path, Kind.MARKDOWN, lambda *_: None, host=host)
    expected = get_parser(Kind.MARKDOWN).parse(path, lambda *_: None)
    assert (parsed.title, list(parsed.pages)) == (expected.title, list(expected.pages))


def test_pages_come_only_as_fast_as_they_are_taken(read):
    seen = []
    parsed = read("many", progress=lambda done, _: seen.append(done))
    assert next(iter(parsed.pages)).number == 1
    time.sleep(0.2)
    next(iter(parsed.pages))
    assert len(seen) < 500
    assert len(list(parsed.pages)) == 998
    assert seen[-1] == 1000


def test_a_refusal_comes_as_what_it_is(read, is_empty):
    pages = iter(read("refuse_late").pages)
    assert next(pages).text == "one"
    with pytest.raises(NoText, match="Nothing more"):
        next(pages)
    assert is_empty()


def test_a_parsers_mistake_is_final_and_told_without_its_words(read, caplog):
    with pytest.raises(UnreadableFile, match="reading it crashed"):
        read("mistake")
    record = caplog.records[-1]
    assert (record.error, record.at[-1].split()[-1]) == ("KeyError", "mistake")
    assert "words of the document" not in caplog.text


def test_a_mistake_in_pythons_own_parts_is_told_too(read, caplog):
    with pytest.raises(UnreadableFile):
        read("mistake_within_python")
    assert caplog.records[-1].error == "ModuleNotFoundError"


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT])
def test_a_crash_is_the_files_own(read, number, is_empty):
    with pytest.raises(UnreadableFile, match="reading it crashed"):
        read("die", str(int(number)))
    assert is_empty()


def test_a_child_that_used_up_its_time_is_told_as_that(read):
    with pytest.raises(FileRefused) as refused:
        read("die", str(int(signal.SIGXCPU)))
    assert refused.value.reason == "timed_out"


def test_a_child_that_leaves_without_a_word_crashed(read):
    with pytest.raises(UnreadableFile, match="reading it crashed"):
        read("leave")


def test_a_child_killed_by_somebody_is_worth_another_try(read):
    with pytest.raises(ReaderGone):
        read("die", str(int(signal.SIGKILL)))


def test_more_memory_than_there_is(read):
    with pytest.raises(ContentTooLarge, match="memory"):
        read("memory")


def test_a_file_that_grows_too_long(read, is_empty):
    with pytest.raises(ContentTooLarge):
        read("fill")
    assert is_empty()


@pytest.mark.parametrize("deed", ["loop", "sleep"])
def test_a_child_that_says_nothing_is_ended(read, deed, is_empty):
    with pytest.raises(FileRefused) as refused:
        read(deed, patience=Patience(clock=Clock()))
    assert refused.value.reason == "timed_out"
    assert is_empty()


def test_a_child_that_goes_on_for_hours_is_ended(read):
    parsed = read("many", patience=Patience(silence_seconds=1e9, clock=Clock()))
    with pytest.raises(FileRefused) as refused:
        list(parsed.pages)
    assert refused.value.reason == "timed_out"


def test_what_progress_raises_ends_the_child_and_comes_through(read, is_empty):
    class Cancelled(Exception):
        pass

    def progress(done, total):
        raise Cancelled

    with pytest.raises(Cancelled):
        read("sleep", progress=progress)
    assert is_empty()


def test_closing_the_pages_ends_the_child(read, is_empty):
    pages = read("many").pages
    next(iter(pages))
    pages.close()
    assert is_empty()
    assert list(pages) == []


def test_letting_go_of_the_pages_ends_the_child(read, is_empty):
    read("many")
    assert is_empty()


def test_attachments_are_handed_over(read, tmp_path, is_empty):
    folder = tmp_path / "desk"
    folder.mkdir()
    parsed = read("attach", desk=Desk(folder))
    assert parsed.attachments == []
    list(parsed.pages)
    found = [(attachment.name, attachment.path.read_bytes(), attachment.path.parent) for attachment in parsed.attachments]
    assert found == [("First.txt", b"1", folder), ("Zweite Übung.pdf", b"22", folder)]
    assert is_empty()


def test_many_files_are_read_beside_a_stuck_one(read, host):
    stuck = read("many").pages
    next(iter(stuck))
    for _ in range(3):
        assert read("good").title == "Title"
    stuck.close()


def test_what_a_file_says_of_itself_is_cut_to_what_can_be_shown(read):
    parsed = read("boast")
    [page] = parsed.pages
    assert parsed.title.strip("t") == page.label.strip("l") == ""
    assert 0 < len(parsed.title) <= limits.MAX_TITLE_CHARS
    assert 0 < len(page.label) <= limits.MAX_NAME_CHARS
    assert [len(note) for note in parsed.notes] == [limits.MAX_DETAIL_CHARS] * limits.MAX_NOTES


def test_more_attachments_than_anybody_sends(read, tmp_path):
    with pytest.raises(ContentTooLarge, match="1,000 attachments"):
        list(read("attach_much", desk=Desk(tmp_path)).pages)


def test_a_file_that_is_not_there_is_not_the_readers_fault(host, tmp_path):
    with pytest.raises(FileNotFoundError):
        read_confined(tmp_path / "nothing", Kind.TEXT, lambda *_: None, host=host)
