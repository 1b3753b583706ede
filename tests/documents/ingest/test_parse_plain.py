import time

import pytest

from apps.documents.errors import FileRefused
from apps.documents.ingest.parsers.plain import TextParser
from tests.documents.files import LONG, write

PROSE = (
    "Paper is made from fibres that were beaten, drained and pressed. A sheet\n"
    "that was made by hand has a deckle edge on all four sides, and nobody has\n"
    "found a way to make one by machine that deceives those who know. The well-\n"
    "known mills of Fabriano went on with it."
)


def silent(done: int, total: int) -> None:
    """No page is waiting for this."""


def parse(tmp_path, text: str | bytes):
    return TextParser().parse(write(tmp_path, text), silent)


def blocks(tmp_path, text: str | bytes):
    return [(block.kind.value, block.text) for block in parse(tmp_path, text).pages[0].blocks]


def test_paragraphs_are_parted_by_blank_lines(tmp_path):
    parsed = parse(tmp_path, "One\r\nline  two\r\n\r\n \r\nSecond.\r\n")
    assert [block.text for block in parsed.pages[0].blocks] == ["One\nline two", "Second."]
    assert (parsed.unit, parsed.page_count, parsed.pages[0].number) == ("", None, None)


def test_lines_broken_to_fit_a_width_run_on(tmp_path):
    ((kind, text),) = blocks(tmp_path, PROSE)
    assert kind == "paragraph"
    assert "A sheet that was made" in text
    assert "The well-known mills" in text
    assert "\n" not in text
    indented = "".join(f"   {line}\n" for line in PROSE.split("\n"))
    assert blocks(tmp_path, indented) == [(kind, text)]


@pytest.mark.parametrize(
    "text",
    [
        "The cold storms of winter shall chill him no more,\nHis woes and his sorrows, his pains are all o'er;\nThe sod of the valley\nNow covers his form.",
        "Ada Lovelace\n12 St James's Square\nLondon",
        "- beat the fibres until they are soft enough to be drained in the mould\n- press\n- dry",
    ],
)
def test_lines_that_mean_something_stay(tmp_path, text):
    assert blocks(tmp_path, text) == [("paragraph", text)]


@pytest.mark.parametrize("text", ["def fold(sheet):\n    for edge in sheet:\n        press(edge)", "Tool      Use\nAwl       Holes\nNeedle    Thread"])
def test_code_and_columns_keep_their_spaces(tmp_path, text):
    assert blocks(tmp_path, f"Before.\n\n{text}\n\nAfter.") == [("paragraph", "Before."), ("code", text), ("paragraph", "After.")]


def test_a_very_long_line_is_a_paragraph(tmp_path):
    assert blocks(tmp_path, f"{LONG * 5}\nshort\n{LONG * 5}") == [("paragraph", (LONG * 5).strip()), ("paragraph", "short"), ("paragraph", (LONG * 5).strip())]


def test_many_wrapped_lines_take_their_length_s_time(tmp_path):
    started = time.process_time()
    ((kind, text),) = blocks(tmp_path, (LONG.strip() + "\n") * 40_000)
    assert (kind, text.count("\n")) == ("paragraph", 0)
    # The text was searched again from its beginning for each line.
    assert time.process_time() - started < 8


def test_form_feeds_part_pages(tmp_path):
    parsed = parse(tmp_path, "One\fTwo\n\f\f Four\f\n")
    assert [(page.number, page.text) for page in parsed.pages] == [(1, "One"), (2, "Two"), (4, "Four")]
    assert (parsed.unit, parsed.page_count) == ("page", 4)


def test_too_many_form_feeds_are_blank_lines(tmp_path):
    (page,) = parse(tmp_path, "a" + "\f" * 4000 + "b").pages
    assert (page.number, page.text) == (None, "a\n\nb")


def test_one_line_without_an_end_is_read(tmp_path):
    assert blocks(tmp_path, "x" * 300_000) == [("paragraph", "x" * 300_000)]


@pytest.mark.parametrize(("data", "reason"), [(" \n\n ", "empty"), ("\f\f", "empty"), (bytes(range(32)) * 40, "unreadable")])
def test_what_is_no_text_is_refused(tmp_path, data, reason):
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, data)
    assert caught.value.reason == reason


def test_more_text_than_is_read_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("apps.documents.ingest.limits.MAX_TEXT_CHARS", 10)
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, "more than ten")
    assert caught.value.reason == "too_large"
