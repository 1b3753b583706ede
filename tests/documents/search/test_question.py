from datetime import date

import pytest

from apps.documents.search.question import PHRASES_MAX, QUESTION_CHARS_MAX, WITHOUT_MAX, plain_question, read_day, read_question
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
        ("language:ms lang:NN x", Question("x", filters=Filters(languages=frozenset({"id", "no"})))),
        ("access:internal x", Question("x", filters=Filters(access=frozenset({"internal"})))),
        ("type:pdf", Question("", filters=Filters(kinds=KIND))),
        # As keyboards write the marks, in the languages of those who type.
        ("“waxed thread” cords", Question("cords waxed thread", phrases=("waxed thread",))),
        ("„waxed thread“ -«linen cord»", Question("waxed thread", phrases=("waxed thread",), without_phrases=("linen cord",))),
        ("« waxed thread » ＂glue＂", Question("waxed thread glue", phrases=("waxed thread", "glue"))),
        ("in:“Legal matters” x", Question("x", filters=Filters(collections=frozenset({"Legal matters"})))),
        # A letter and its accent apart are the letter that is kept.
        ('"cafe\u0301" -cafe\u0301', Question("caf\u00e9", phrases=("caf\u00e9",), without=("caf\u00e9",))),
        # What is left out is what the analyser takes for a word or a name.
        ("x -हिन्दी", Question("x", without=("हिन्दी",))),
        ("x -don't panic", Question("x panic", without=("don't",))),
        ("x -user@example.com", Question("x", without=("user@example.com",))),
        ("x -v1.2.3 -1.2.3", Question("x", without=("v1.2.3", "1.2.3"))),
        ("x -2025 -12:30", Question("x", without=("2025", "12:30"))),
        ('x "  " -" "', Question("x")),
        ("x -draft, -第3章。", Question("x", without=("draft", "第3章"))),
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
        "from -12.5 to -3,5 -40°C -10% -8, or -7?",
        "-(aside) -_x -?",
        '-in:"Human resources"',
        'an "unfinished phrase',
        'size 5" screws and 6" nails',
        "title: spaced",
        '""',
    ],
)
def test_what_only_looks_like_a_mark_is_words(written):
    assert read_question(written) == Question(" ".join(written.split()))


def test_exact_words_beyond_what_is_looked_for_are_words():
    written = " ".join(f'"glue x{number}"' for number in range(PHRASES_MAX + 2))
    asked = read_question(written)
    assert len(asked.phrases) == PHRASES_MAX
    assert sorted(asked.text.split()) == sorted(written.replace('"', "").split())


def test_what_is_to_be_left_out_beyond_what_is_looked_for_is_not_asked_for():
    asked = read_question("glue " + " ".join(f'-x{number} -"y {number}"' for number in range(WITHOUT_MAX)))
    assert len(asked.without + asked.without_phrases) == WITHOUT_MAX
    assert asked.text == "glue"


def test_a_question_is_no_longer_than_it_may_be_however_it_is_normalised():
    assert len(plain_question("\u0958" * QUESTION_CHARS_MAX).text) == QUESTION_CHARS_MAX


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
