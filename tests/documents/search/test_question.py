from datetime import date

import pytest

from apps.documents.search.question import plain_question, read_day, read_question
from apps.documents.search.types import Filters, Question

KIND = frozenset({"pdf"})


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("waxed thread", Question("waxed thread")),
        ('"waxed thread" cords', Question("cords waxed thread", phrases=("waxed thread",))),
        ("thread -linen", Question("thread", without=("linen",))),
        ('thread -"linen cord"', Question("thread", without_phrases=("linen cord",))),
        ("thread type:pdf", Question("thread", filters=Filters(kinds=KIND))),
        ("TYPE:PDF thread", Question("thread", filters=Filters(kinds=KIND))),
        ("type:.pdf type:word x", Question("x", filters=Filters(kinds=frozenset({"pdf", "docx"})))),
        ('title:"Annual report" x', Question("x", filters=Filters(title=("Annual", "report")))),
        ('in:"Legal matters" x', Question("x", filters=Filters(collections=frozenset({"Legal matters"})))),
        ("tag:Contract tag:2026 x", Question("x", filters=Filters(tags=frozenset({"contract", "2026"})))),
        ('tag:"Rental  \uff21greement" x', Question("x", filters=Filters(tags=frozenset({"rental agreement"})))),
        ("after:2025 before:2026-03-17 x", Question("x", filters=Filters(since=date(2025, 1, 1), before=date(2026, 3, 17)))),
        ("after:2025 after:2024 x", Question("x", filters=Filters(since=date(2025, 1, 1)))),
        ("language:de x", Question("x", filters=Filters(languages=frozenset({"de"})))),
        ("access:internal x", Question("x", filters=Filters(access=frozenset({"internal"})))),
        ("type:pdf", Question("", filters=Filters(kinds=KIND))),
    ],
)
def test_marks_say_what_is_meant(written, expected):
    assert read_question(written) == expected


@pytest.mark.parametrize(
    "written",
    [
        "http://example.org/a?b=c",
        "C:\\temp\\file",
        "at 12:30 sharp",
        "type:potato",
        "language:klingon",
        "after:yesterday",
        "before:2026-13",
        "a-b -5 --x - ",
        'an "unfinished phrase',
        'size 5" screws and 6" nails',
        "title: spaced",
        '""',
    ],
)
def test_what_only_looks_like_a_mark_is_words(written):
    assert read_question(written) == Question(" ".join(written.split()))


def test_a_sentence_of_an_agent_has_no_marks():
    written = 'What does "-x type:pdf" mean?'
    assert plain_question(f"\x00 {written} ") == Question(written)


def test_marks_narrow_what_filters_leave():
    asked = Filters(kinds=frozenset({"pdf", "docx"}), since=date(2025, 6, 1), tags=frozenset({"a"}))
    narrowed = read_question("x type:pdf type:csv after:2025 before:2027 tag:b", asked).filters
    assert narrowed == Filters(kinds=KIND, since=date(2025, 6, 1), before=date(2027, 1, 1), tags=frozenset({"a", "b"}))
    # A filter is never taken back.
    assert read_question("x type:csv", asked).filters.kinds == frozenset()


@pytest.mark.parametrize(("written", "day"), [("2025", date(2025, 1, 1)), ("2025-3", date(2025, 3, 1)), ("2025-02-30", None), ("25", None), ("0000", None)])
def test_a_day_is_written_from_its_year(written, day):
    assert read_day(written) == day
