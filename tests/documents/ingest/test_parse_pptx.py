"""Presentations: what each slide says, in the order in which it is read."""

import io
import re
import zipfile

import pptx
import pytest
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from apps.documents.errors import FileRefused
from apps.documents.ingest import limits
from apps.documents.ingest.parsers.pptx import PptxParser
from apps.documents.types import Unit
from tests.documents.files import make_zip, write

TITLE, CONTENT, BLANK = 0, 1, 6


def silent(done: int, total: int) -> None:
    """No slide is waiting for this."""


def saved(deck) -> bytes:
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def parse(tmp_path, data: bytes, progress=silent):
    parsed = PptxParser().parse(write(tmp_path, data), progress)
    return parsed, list(parsed.pages)


def blocks(tmp_path, deck) -> list[tuple[str, int, str]]:
    return [(block.kind.value, block.level, block.text) for page in parse(tmp_path, saved(deck))[1] for block in page.blocks]


def new_slide(layout: int = BLANK):
    deck = pptx.Presentation()
    return deck, deck.slides.add_slide(deck.slide_layouts[layout])


def box(shapes, text: str, left: float, top: float):
    shape = shapes.add_textbox(Inches(left), Inches(top), Inches(2), Inches(1))
    shape.text_frame.text = text
    return shape


def changed(data: bytes, name: str, old: str, new: str) -> bytes:
    source = zipfile.ZipFile(io.BytesIO(data))
    members = {one: source.read(one) for one in source.namelist()}
    text = re.sub(old, new, members[name].decode(), count=1)
    assert text.encode() != members[name]
    return make_zip({**members, name: text.encode()})


def test_each_slide_is_a_page_with_its_title_its_list_and_its_notes(tmp_path):
    deck, slide = new_slide(CONTENT)
    slide.shapes.title.text = "How paper\vis made"
    frame = slide.placeholders[1].text_frame
    frame.text = "Beat the fibres"
    deeper = frame.add_paragraph()
    deeper.text, deeper.level = "in water", 1
    slide.notes_slide.notes_text_frame.text = "Show the beater.\nWait."
    deck.slides.add_slide(deck.slide_layouts[TITLE]).shapes.title.text = "Thanks"
    seen = []
    parsed, pages = parse(tmp_path, saved(deck), lambda done, total: seen.append((done, total)))
    assert (parsed.title, parsed.unit, parsed.page_count, parsed.notes, parsed.unread_pages) == ("How paper is made", Unit.SLIDE, 2, [], [])
    assert [(block.kind.value, block.level, block.text) for block in pages[0].blocks] == [
        ("heading", 1, "How paper is made"),
        ("list_item", 1, "Beat the fibres"),
        ("list_item", 2, "in water"),
        ("heading", 6, "Notes"),
        ("paragraph", 0, "Show the beater."),
        ("paragraph", 0, "Wait."),
    ]
    assert [page.number for page in pages] == [1, 2]
    assert seen == [(1, 2), (2, 2)]


def test_shapes_are_read_from_the_top_down_and_from_the_left_to_the_right(tmp_path):
    deck, slide = new_slide()
    box(slide.shapes, "below", 1, 5)
    box(slide.shapes, "right", 6, 1.1)
    box(slide.shapes, "left", 1, 1.2)
    assert [text for _kind, _level, text in blocks(tmp_path, deck)] == ["left", "right", "below"]


def test_the_title_comes_first_wherever_it_stands(tmp_path):
    deck, slide = new_slide(CONTENT)
    slide.shapes.title.text = "Title"
    slide.shapes.title.top, slide.shapes.title.left = Inches(6), Inches(1)
    slide.shapes.title.width, slide.shapes.title.height = Inches(2), Inches(1)
    box(slide.shapes, "above", 1, 0.1)
    slide.placeholders[1].text_frame.text = "in its place"
    assert [text for _kind, _level, text in blocks(tmp_path, deck)] == ["Title", "above", "in its place"]


def test_groups_are_read_where_they_stand(tmp_path):
    deck, slide = new_slide()
    group = slide.shapes.add_group_shape()
    box(group.shapes, "second", 1, 4)
    box(group.shapes, "first", 1, 3)
    box(slide.shapes, "top", 1, 1)
    box(slide.shapes, "end", 1, 6)
    assert [text for _kind, _level, text in blocks(tmp_path, deck)] == ["top", "first", "second", "end"]


def test_tables_say_merged_cells_in_each_place(tmp_path):
    deck, slide = new_slide()
    table = slide.shapes.add_table(4, 3, Inches(1), Inches(1), Inches(6), Inches(3)).table
    for at, row in enumerate((["All of it", "", ""], ["Class", "", "Other"], ["R1", "x|y", "1"], ["", "z", "2"])):
        for column, text in enumerate(row):
            table.cell(at, column).text = text
    table.cell(0, 0).merge(table.cell(0, 2))
    table.cell(1, 0).merge(table.cell(1, 1))
    table.cell(2, 0).merge(table.cell(3, 0))
    assert blocks(tmp_path, deck)[0][2].splitlines() == [
        "| All of it |  |  |",
        "| --- | --- | --- |",
        "| Class | Class | Other |",
        "| R1 | x\\|y | 1 |",
        "| R1 | z | 2 |",
    ]


@pytest.mark.parametrize(
    ("bullet", "expected"),
    [
        ('<a:buAutoNum type="arabicPeriod"/>', ["1. one", "2. two"]),
        ('<a:buAutoNum type="alphaUcParenR" startAt="3"/>', ["C) one", "D) two"]),
        ('<a:buAutoNum type="romanLcParenBoth"/>', ["(i) one", "(ii) two"]),
        ('<a:buAutoNum type="arabicPlain"/>', ["1 one", "2 two"]),
        ('<a:buChar char="-"/>', ["one", "two"]),
    ],
)
def test_items_have_the_numbers_that_are_shown(tmp_path, bullet, expected):
    deck, slide = new_slide()
    frame = box(slide.shapes, "one", 1, 1).text_frame
    frame.add_paragraph()
    frame.add_paragraph().text = "two"
    data = saved(deck)
    for word in ("one", "two"):
        data = changed(data, "ppt/slides/slide1.xml", f"<a:p>(<a:r>(?:(?!<a:r>).)*{word})", rf"<a:p><a:pPr>{bullet}</a:pPr>\1")
    assert [(block.kind.value, block.text) for block in parse(tmp_path, data)[1][0].blocks] == [("list_item", text) for text in expected]


def test_a_paragraph_may_be_none_of_its_list(tmp_path):
    deck, slide = new_slide(CONTENT)
    slide.placeholders[1].text_frame.text = "plain"
    data = changed(saved(deck), "ppt/slides/slide1.xml", "<a:p><a:r><a:t>plain", "<a:p><a:pPr><a:buNone/></a:pPr><a:r><a:t>plain")
    assert parse(tmp_path, data)[1][0].blocks[0].kind.value == "paragraph"


def test_charts_say_their_title_series_and_categories(tmp_path):
    deck, slide = new_slide()
    data = CategoryChartData(number_format="0%")
    data.categories = ["May", "June"]
    data.add_series("Apples", (0.5, 0.25))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(1), Inches(4), Inches(3), data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Harvest"
    parsed, pages = parse(tmp_path, saved(deck))
    assert [block.text for block in pages[0].blocks] == ["Harvest", "|  | Apples |\n| --- | --- |\n| May | 50% |\n| June | 25% |"]
    assert parsed.notes == []


def test_hidden_slides_are_read_and_told(tmp_path):
    deck, slide = new_slide()
    box(slide.shapes, "spare", 1, 1)
    slide._element.set("show", "0")
    parsed, pages = parse(tmp_path, saved(deck))
    assert pages[0].text == "spare"
    assert parsed.notes == ["1 slide is hidden in the talk."]


def test_numbers_dates_and_footers_of_slides_are_left_out(tmp_path):
    deck, slide = new_slide()
    box(slide.shapes, "words", 1, 1)
    foot = '<p:sp><p:nvSpPr><p:cNvPr id="9" name="n"/><p:cNvSpPr/><p:nvPr><p:ph type="sldNum" idx="12"/></p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:p><a:fld id="{1}"><a:t>7</a:t></a:fld></a:p></p:txBody></p:sp>'  # noqa: E501
    assert parse(tmp_path, changed(saved(deck), "ppt/slides/slide1.xml", "</p:spTree>", f"{foot}</p:spTree>"))[1][0].text == "words"


def test_embedded_files_are_counted_not_read(tmp_path):
    deck, slide = new_slide()
    box(slide.shapes, "words", 1, 1)
    slide.shapes.add_ole_object(io.BytesIO(b"PK"), "Excel.Sheet.12", Inches(1), Inches(3))
    assert parse(tmp_path, saved(deck))[0].notes == ["1 embedded file was not read."]


def picture() -> io.BytesIO:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    out.seek(0)
    return out


def test_slides_of_pictures_only_are_told(tmp_path):
    deck, slide = new_slide()
    slide.shapes.add_picture(picture(), Inches(1), Inches(1))
    box(deck.slides.add_slide(deck.slide_layouts[BLANK]).shapes, "words", 1, 1)
    assert parse(tmp_path, saved(deck))[0].unread_pages == [1]


def test_a_presentation_of_pictures_only_has_no_text(tmp_path):
    deck, slide = new_slide()
    slide.shapes.add_picture(picture(), Inches(1), Inches(1))
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, saved(deck))
    assert caught.value.reason == "no_text"


@pytest.mark.parametrize("slides", [0, 1])
def test_a_presentation_without_words_is_empty(tmp_path, slides):
    deck = pptx.Presentation()
    for _slide in range(slides):
        deck.slides.add_slide(deck.slide_layouts[BLANK])
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, saved(deck))
    assert caught.value.reason == "empty"


def test_too_much_text_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_TEXT_CHARS", 20)
    deck, slide = new_slide()
    box(slide.shapes, "x" * 30, 1, 1)
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, saved(deck))
    assert caught.value.reason == "too_large"


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("ppt/slides/slide1.xml", "</p:sld>", ""),
        ("ppt/presentation.xml", "</p:presentation>", ""),
    ],
)
def test_a_broken_part_is_refused(tmp_path, name, old, new):
    deck, slide = new_slide()
    box(slide.shapes, "x", 1, 1)
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, changed(saved(deck), name, old, new))
    assert caught.value.reason == "unreadable"


@pytest.mark.parametrize("number", ["9" * 5000, "-5", "x", ""])
def test_places_that_are_no_numbers_are_passed_over(tmp_path, number):
    deck, slide = new_slide()
    box(slide.shapes, "words", 1, 1)
    assert parse(tmp_path, changed(saved(deck), "ppt/slides/slide1.xml", r'<a:off x="\d+" y="\d+"', f'<a:off x="{number}" y="{number}"'))[1][0].text == "words"


def test_groups_without_end_end(tmp_path):
    deck, slide = new_slide()
    box(slide.shapes, "words", 1, 1)
    data = saved(deck)
    deep = "<p:grpSp>" * 100 + "</p:grpSp>" * 100
    assert parse(tmp_path, changed(data, "ppt/slides/slide1.xml", "</p:spTree>", f"{deep}</p:spTree>"))[1][0].text == "words"


def test_of_two_alternatives_one_is_read(tmp_path):
    deck, slide = new_slide()
    box(slide.shapes, "words", 1, 1)
    wrap = r'<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice>\1</mc:Choice><mc:Fallback>\1</mc:Fallback></mc:AlternateContent>'
    assert parse(tmp_path, changed(saved(deck), "ppt/slides/slide1.xml", "(?s)(<p:sp>.*</p:sp>)", wrap))[1][0].text == "words"


def test_a_slide_that_is_named_often_is_shown_once(tmp_path):
    deck, slide = new_slide()
    box(slide.shapes, "words", 1, 1)
    data = changed(saved(deck), "ppt/presentation.xml", "(<p:sldId [^>]*/>)", r"\1\1\1")
    assert len(parse(tmp_path, data)[1]) == 1
