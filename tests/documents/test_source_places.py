"""Slides, sheets, chapters and tables in the source view: named properly, each text shown once, the cited words marked."""

import itertools
import re

import pytest
from django.urls import reverse

from apps.documents.ingest.tables import table_blocks
from apps.documents.ingest.types import Block, BlockKind, Page
from apps.documents.models import Passage
from tests.documents.ingest.pages import SENTENCE
from tests.documents.made import make_of_pages

pytestmark = pytest.mark.django_db
HEAD = ["Item", "Amount"]


@pytest.fixture
def open_source(alice, acme, client_for):
    def get(document, **query):
        place = reverse("documents:document", args=[acme.slug, document.id])
        return client_for(alice).get(place, {name.strip("_"): value for name, value in query.items()})

    return get


def paragraph(text):
    return Block(BlockKind.PARAGRAPH, text)


def sheet(name, count, number=1):
    rows = [HEAD, *([f"Thing {row}", str(row * 3)] for row in range(2, count + 2))]
    return Page(number, tuple(table_blocks(rows)), label=name)


def passages_of(document):
    return list(Passage.objects.filter(version=document.current_version).order_by("ordinal"))


def names(response):
    return [(leaf.name, leaf.number, leaf.title) for leaf in response.context["leaves"]]


def main_of(response):
    html = response.content.decode()
    return html[html.index('<article class="leaf">') : html.index("</article>")]


def marked(html):
    return re.findall(r"<mark>(.*?)</mark>", html)


def test_slides_are_named_slides(alice_reader, open_source):
    document = make_of_pages(alice_reader, Page(1, (paragraph("Our plan."),), "Plan"), Page(2, (paragraph("More."),)), unit="slide")
    response = open_source(document)
    assert names(response) == [("Slide 1", "Slide 1", ""), ("Slide 2", "Slide 2", "")]
    assert response.context["document"]["parts"] == "2 slides"


def test_chapters_are_named_by_their_titles_once(alice_reader, open_source):
    heading = Block(BlockKind.HEADING, "The Land", 1)
    pages = [Page(1, (paragraph("Waves."),), "The Sea"), Page(2, (heading, paragraph("Hills.")), "The Land"), Page(3, (paragraph("Air."),))]
    response = open_source(make_of_pages(alice_reader, *pages, unit="chapter", kind="epub"))
    assert names(response) == [("The Sea", "", "The Sea"), ("The Land", "", ""), ("Chapter 3", "", "Chapter 3")]


def test_a_long_chapter_is_cut_into_leaves_and_named_where_it_begins(alice_reader, open_source):
    document = make_of_pages(alice_reader, Page(1, (paragraph(SENTENCE * 100),), "The Sea"), unit="chapter")
    leaves = open_source(document).context["leaves"]
    assert len(leaves) > 1
    assert [leaf.title for leaf in leaves] == ["The Sea"] + [""] * (len(leaves) - 1)


def test_a_sheet_says_which_rows_are_shown(alice_reader, open_source):
    document = make_of_pages(alice_reader, sheet("Budget", 8), sheet("Staff", 5, 2), unit="sheet", kind="xlsx")
    assert [name for name, _number, _title in names(open_source(document))] == ["Sheet Budget, rows 2-9", "Sheet Staff, rows 2-6"]


def test_a_sheet_without_end_is_shown_some_leaves_at_a_time(alice_reader, open_source):
    document = make_of_pages(alice_reader, sheet("Budget", 1000), unit="sheet", kind="xlsx")
    first = open_source(document)
    shown = [name for name, _number, _title in names(first)]
    assert len(shown) == 10
    assert shown[0].startswith("Sheet Budget, rows 2-")
    assert first.context["pager"].word == "parts"
    url = first.context["pager"].later_url
    assert url.endswith("?leaf=11")
    second = open_source(document, leaf=11)
    last_row = int(shown[-1].rpartition("-")[2])
    assert names(second)[0][0].startswith(f"Sheet Budget, rows {last_row + 1}-")
    assert second.context["pager"].earlier_url.endswith("?page=1")
    assert names(open_source(document, leaf=9999))[-1][0].endswith("-1001")


def test_a_table_is_a_table_with_its_header_once(alice_reader, open_source):
    document = make_of_pages(alice_reader, sheet("Budget", 30), unit="sheet")
    assert len(passages_of(document)) > 3
    html = main_of(open_source(document))
    assert html.count('<th scope="col">Item</th>') == 1
    assert re.findall(r"<td>Thing (\d+)</td>", html) == [str(row) for row in range(2, 32)]
    assert html.count("<table>") == 1


def test_each_passage_of_a_table_can_be_pointed_at(alice_reader, open_source):
    document = make_of_pages(alice_reader, sheet("Budget", 30), unit="sheet")
    html = main_of(open_source(document))
    assert [html.count(f'id="p{passage.id}"') for passage in passages_of(document)] == [1] * len(passages_of(document))


def test_cited_words_are_marked_inside_their_cell(alice_reader, open_source):
    document = make_of_pages(alice_reader, sheet("Budget", 30), unit="sheet")
    passage = passages_of(document)[2]
    row = passage.first_row
    start = passage.text.index(f"Thing {row}")
    html = main_of(open_source(document, passage=passage.id, from_=start, to=start + len(f"Thing {row}")))
    assert f"<td><mark>Thing {row}</mark></td>" in html
    assert html.count("<mark>") == 1
    assert f'<tbody id="p{passage.id}" class="leaf__rows--cited" data-cited tabindex="-1">' in html


def test_a_header_that_is_cited_is_shown_where_it_is_cited(alice_reader, open_source):
    document = make_of_pages(alice_reader, sheet("Budget", 30), unit="sheet")
    passage = passages_of(document)[2]
    html = main_of(open_source(document, passage=passage.id, from_=2, to=6))
    assert marked(html) == ["Item"]
    assert html.count("<table>") == 2


def test_rows_that_do_not_say_their_long_header_again_stay_below_it(alice_reader, open_source):
    head = ["A column with a name that is far too long to be said again", "And another one that is no shorter than that"]
    rows = [head, *([f"Thing {row}", "1"] for row in range(2, 40))]
    document = make_of_pages(alice_reader, Page(1, tuple(table_blocks(rows)), "Budget"), unit="sheet")
    assert "column" not in passages_of(document)[1].text
    html = main_of(open_source(document))
    assert (html.count("<table>"), html.count("<th ")) == (1, 2)
    assert re.findall(r"<td>Thing (\d+)</td>", html) == [str(row) for row in range(2, 40)]


def test_two_tables_with_the_same_header_stay_two(alice_reader, open_source):
    blocks = [block for _ in range(2) for block in table_blocks([HEAD, *([f"Thing {row}", "1"] for row in range(2, 9))])]
    document = make_of_pages(alice_reader, Page(1, tuple(blocks)), unit="page")
    html = main_of(open_source(document))
    assert (html.count("<table>"), html.count('<th scope="col">Item</th>')) == (2, 2)


def test_what_follows_a_table_in_its_last_passage_is_shown_below_it(alice_reader, open_source):
    rows = [HEAD, *([f"Thing {row}", "1"] for row in range(2, 14))]
    document = make_of_pages(alice_reader, Page(1, (*table_blocks(rows), paragraph("The end."))), unit="page")
    *_others, last = passages_of(document)
    assert "Thing" in last.text
    html = main_of(open_source(document, passage=last.id, from_=0, to=0))
    assert html.index("Thing 13") < html.index("The end.")
    assert (html.count("<table>"), html.count(f'id="p{last.id}"')) == (1, 1)


def test_the_end_of_a_passage_that_the_next_one_says_again_is_shown_once(alice_reader, open_source):
    text = " ".join(f"Sentence number {number} says something of its own." for number in range(60))
    document = make_of_pages(alice_reader, Page(None, (paragraph(text),)))
    assert any(later.start < earlier.end for earlier, later in zip(passages_of(document), passages_of(document)[1:], strict=False))
    html = main_of(open_source(document))
    assert [int(number) for number in re.findall(r"Sentence number (\d+)", html)] == list(range(60))


def test_a_cited_passage_is_shown_whole_and_still_nothing_twice(alice_reader, open_source):
    text = " ".join(f"Sentence number {number} says something of its own." for number in range(60))
    document = make_of_pages(alice_reader, Page(None, (paragraph(text),)))
    passages = passages_of(document)
    passage = next(later for earlier, later in itertools.pairwise(passages) if later.start < earlier.end)
    end = passage.text.index(".") + 1
    html = main_of(open_source(document, passage=passage.id, from_=0, to=end))
    assert marked(html) == [passage.text[:end]]
    assert sorted(int(number) for number in re.findall(r"Sentence number (\d+)", html)) == list(range(60))
    assert html.index(f'id="p{passage.id}"') < html.index("<mark>")


def test_texts_that_only_seem_to_overlap_are_shown_whole(alice_reader, open_source):
    document = make_of_pages(alice_reader, Page(None, (paragraph(SENTENCE * 20),)))
    _first, second, *_rest = passages_of(document)
    Passage.objects.filter(pk=second.pk).update(text="Quite other words.")
    assert "Quite other words." in main_of(open_source(document))


def test_lists_and_code_keep_their_form(alice_reader, open_source):
    blocks = (Block(BlockKind.LIST_ITEM, "Outer", 1), Block(BlockKind.LIST_ITEM, "Inner", 2), Block(BlockKind.CODE, "a = 1\n  b = 2"))
    html = main_of(open_source(make_of_pages(alice_reader, Page(None, blocks))))
    assert html.count('<ul class="leaf__list">') == 2
    assert "<code>a = 1\n  b = 2</code>" in html


def test_a_table_that_is_a_file_of_its_own_is_named_by_its_rows(alice_reader, open_source):
    response = open_source(make_of_pages(alice_reader, sheet("", 5), unit="sheet", kind="csv"))
    assert [name for name, _number, _title in names(response)] == ["Rows 2-6"]
