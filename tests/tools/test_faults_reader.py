"""The page of `make test-faults` notices what it is there to notice."""

import pytest

from tools.faults.reader import PageReader


@pytest.fixture
def page():
    return PageReader("http://127.0.0.1:1", "", "run", seconds=1)


def hear(page, *events):
    for seq, kind, *text in events:
        page._take({"run": "run", "seq": seq, "type": kind, "text": "".join(text)})


def test_what_comes_in_order_is_nothing_to_tell_of(page):
    hear(page, (1_000_001, "run.started"), (1_000_002, "text.delta", "Lin"), (1_000_003, "text.delta", "ux"), (1_000_004, "run.completed"))
    assert (page.text, page.gaps, page.doubled, page.is_whole) == ("Linux", [], [], True)
    assert page.ending["type"] == "run.completed"


def test_an_event_that_is_missing_is_noticed(page):
    hear(page, (1_000_001, "run.started"), (1_000_003, "text.delta", "ux"))
    assert page.gaps == [(1_000_001, 1_000_003)]


def test_an_event_that_comes_twice_or_late_is_noticed(page):
    hear(page, (1_000_001, "run.started"), (1_000_002, "text.delta", "x"), (1_000_002, "text.delta", "x"), (1_000_001, "run.started"))
    assert page.doubled == [1_000_002, 1_000_001]


def test_another_attempt_replaces_the_text_and_begins_with_its_first_event(page):
    hear(page, (1_000_001, "run.started"), (1_000_002, "text.delta", "Win"), (2_000_001, "run.started"), (2_000_002, "text.delta", "Linux"))
    assert (page.text, page.gaps, sorted(page.attempts)) == ("Linux", [], [1, 2])
    hear(page, (3_000_002, "text.delta", "x"))
    assert page.gaps == [(2_000_002, 3_000_002)]


def test_who_comes_after_the_end_is_told_the_ending_alone(page):
    hear(page, (1_000_001, "run.started"), (1_000_009, "run.completed"))
    assert (page.gaps, page.is_whole) == ([], False)
