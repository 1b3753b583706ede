"""What of a passage can be quoted, and how it is written down."""

import time

import pytest
from markdown_it import MarkdownIt

from apps.gateway.providers.extractive.quoting import as_markdown, quote
from apps.gateway.providers.extractive.terms import has_words, terms
from apps.gateway.providers.extractive.units import Line, Unit, UnitKind, read_units, split_sentences
from tests.gateway.conftest import passage


def lines(text):
    return [(unit.line.kind.value, unit.line.text) for unit in read_units([passage(1, text)])]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("See e.g. Fig. 3 of Dr. Smith. Then stop.", ["See e.g. Fig. 3 of Dr. Smith.", "Then stop."]),
        ("Version 3.11 is fine. Use it.", ["Version 3.11 is fine.", "Use it."]),
        ("He said “Stop.” Then he left.", ["He said “Stop.”", "Then he left."]),
        ("東京は首都です。大阪は違います！本当ですか？はい。", ["東京は首都です。", "大阪は違います！", "本当ですか？", "はい。"]),
        ("他说：「停。」然后走了。", ["他说：「停。」", "然后走了。"]),
        ("यह पहला है। यह दूसरा है।", ["यह पहला है।", "यह दूसरा है।"]),
        ("هذا أول؟ هذا ثان.", ["هذا أول؟", "هذا ثان."]),
        ("It ends... and goes on. New.", ["It ends... and goes on.", "New."]),
        ("", []),
    ],
)
def test_sentences_end_where_they_end_in_any_script(text, sentences):
    assert split_sentences(text) == sentences


def test_headings_are_never_units_but_say_what_the_text_is_about():
    units = read_units([passage(1, "Backups\n\nThey are made nightly.\n\n## Restoring\n\nRun restore first.")])
    assert [(unit.line.text, unit.line.heading) for unit in units] == [("They are made nightly.", "Backups"), ("Run restore first.", "Restoring")]


def test_a_passage_that_is_one_short_line_is_quoted_as_it_is():
    assert lines("Ask the front desk") == [("item", "Ask the front desk")]


def test_questions_are_not_quoted():
    assert lines("How are you?\n\nWe ask: is it so? It is.") == [("sentence", "It is.")]


def test_list_items_are_units_with_or_without_their_markers():
    assert lines("Take:\n\n- one apple\n- two pears\n  and a plum\n\nThat is all.") == [
        ("sentence", "Take:"),
        ("item", "one apple"),
        ("item", "two pears and a plum"),
        ("sentence", "That is all."),
    ]
    assert lines("1. First step\n2. Second step") == [("item", "First step"), ("item", "Second step")]


def test_an_introduction_without_its_list_is_not_quoted():
    assert lines("All of it is here. The steps are:") == [("sentence", "All of it is here.")]


def test_an_introduction_brings_its_lines_along():
    [unit, *_] = read_units([passage(1, "Run this:\n\nmake serve --port=80\n\nThen look.")])
    assert unit.attached == (Line(UnitKind.CODE, "make serve --port=80", ""),)
    assert unit.text == "Run this: make serve --port=80"


def test_code_is_one_unit_and_is_not_cut_at_its_dots():
    assert lines("```\nimport os. path\nrun()\n```\n\nDone.") == [("code", "import os. path\nrun()"), ("sentence", "Done.")]
    assert lines("$ docker compose up\n$ make test") == [("code", "$ docker compose up\n$ make test")]
    assert lines("```\n```\n\nDone.") == [("sentence", "Done.")]


def test_rows_of_a_table_are_units_and_its_rules_are_not():
    assert lines("| Name | Port |\n| --- | --- |\n| web | 8000 |") == [("row", "| Name | Port |"), ("row", "| web | 8000 |")]


def test_what_stands_in_two_passages_is_kept_in_the_better_one():
    units = read_units([passage(1, "The same. Only here."), passage(2, "The  SAME. And there. …")])
    assert [(unit.number, unit.line.text) for unit in units] == [(1, "The same."), (1, "Only here."), (2, "And there.")]


def test_words_are_compared_without_endings_accents_and_case():
    assert terms("Rotating the API keys") == terms("rotated api KEY") == terms("rotation, apis, key")
    assert terms("naïve Café") == terms("NAIVE cafes")
    assert terms("stopping") == terms("stop stops")
    assert terms("東京都") == {"東京", "京都"}
    assert terms("設定QUIRE") == {"設定", "quir"}
    assert terms("한국어") == {"한국", "국어"}
    assert terms("QUIRE_PORT=8000") == {"quire_port", "8000"}
    assert terms("what is it") == {"what", "is", "it"}


def test_a_question_of_stop_words_asks_for_nothing():
    assert has_words("What is a quire?")
    assert not has_words("What is it?")
    assert not has_words(" ?! ")


def unit(kind, text, rank=0, number=1, attached=()):
    return Unit(rank, number, 0, Line(kind, text, ""), "", attached)


def test_sentences_of_one_passage_flow_and_another_passage_begins_a_paragraph():
    units = [unit(UnitKind.SENTENCE, "One."), unit(UnitKind.SENTENCE, "Two."), unit(UnitKind.SENTENCE, "Three.", rank=1, number=2)]
    assert "".join(quote(units)) == "One. [1] Two. [1]\n\nThree. [2]"


def test_items_and_rows_are_a_list():
    units = [
        unit(UnitKind.SENTENCE, "Take:", attached=(Line(UnitKind.ITEM, "one", ""), Line(UnitKind.ROW, "| a | | b |", ""))),
        unit(UnitKind.SENTENCE, "Done."),
    ]
    assert "".join(quote(units)) == "Take: [1]\n\n- one [1]\n- a · b [1]\n\nDone. [1]"


def test_code_is_shown_as_code():
    assert "".join(quote([unit(UnitKind.CODE, "make serve")])) == "`make serve` [1]"
    assert "".join(quote([unit(UnitKind.CODE, "a `b`")])) == "`` a `b` `` [1]"
    assert "".join(quote([unit(UnitKind.CODE, "one\n```\ntwo")])) == "````\none\n```\ntwo\n````\n\n[1]"


@pytest.mark.parametrize(
    "text",
    [
        "GET /documents/<id> shows one & &amp; all.",
        "Set *args and **kwargs, 2 * 3, _private_ and snake_case_name.",
        "# not a heading",
        "> not a quotation",
        "- not an item",
        "1. not numbered",
        "12) not numbered",
        "a ~~b~~ [c](http://d) [e][f] `g` h\\*i C:\\dir",
        "<script>alert(1)</script>",
        "5 < 6 and a_b and a * b",
    ],
)
def test_markdown_shows_a_quotation_exactly_as_it_stands(text):
    rendered = MarkdownIt("commonmark").enable("strikethrough").parse(as_markdown(text))
    assert [token.type for token in rendered] == ["paragraph_open", "inline", "paragraph_close"]
    assert {child.type for child in rendered[1].children} <= {"text", "text_special"}
    assert "".join(child.content for child in rendered[1].children) == text


def test_ordinary_text_is_not_touched():
    text = "Rotate a key every 90 days (see 4.2), as key_id says; A&B pays 3 < 4."
    assert as_markdown(f"  {text}\n") == text


@pytest.mark.parametrize("stop", [".", "!", "\u2026"])
def test_a_page_of_dots_is_read_in_the_time_of_its_length(stop):
    started = time.process_time()
    assert split_sentences(stop * 60_000 + "x") == [stop * 1_000]
    # From each dot anew it took half a minute.
    assert time.process_time() - started < 2
