"""What of a page is content: losing text is worse than keeping a menu, but menus are kept out where they can be told."""

import time

import pytest

from apps.documents.errors import FileRefused
from apps.documents.ingest.parsers import html_walk
from apps.documents.ingest.parsers.html import HtmlParser
from apps.documents.ingest.parsers.html_tree import parse_tree
from tests.documents.files import LONG, write

MENU = "".join(f'<li><a href="/{n}">Chapter {n}</a></li>' for n in range(8))

MEMBERS = "".join(f"<tr><td><a href=m{n}>fold{n}</a></td><td><a href=c{n}>Sheet{n}</a></td></tr>" for n in range(5))


def silent(done: int, total: int) -> None:
    """No page is waiting for this."""


def parse(tmp_path, html: bytes | str):
    return HtmlParser().parse(write(tmp_path, html), silent)


def text(tmp_path, html: bytes | str) -> str:
    return "\n".join(block.text for block in parse(tmp_path, html).pages[0].blocks)


@pytest.mark.parametrize(
    "part",
    [
        f"<ul class='nav-list'>{MENU}</ul>",
        f"<div id='mw-navigation'><ul>{MENU}</ul></div>",
        f"<ul>{MENU}</ul>",
        f"<table><tr><td><ul>{MENU}</ul></td></tr></table>",
        "<table>" + MENU.replace("<li>", "<tr><td>").replace("</li>", "</td></tr>") + "</table>",
        f"<aside class=sidebar><ul>{MENU}</ul></aside>",
        f"<div role=complementary>{MENU}</div>",
        "<header><a href=/>The site</a></header>",
        "<footer>Imprint</footer>",
        "<div class='cookie-banner'>We use cookies. <button>Fine</button> Read our policy.</div>",
        "<div class='share-buttons'><a href=x>Share</a></div>",
        "<div class=breadcrumbs>Home › Paper</div>",
        "<dialog>Subscribe!</dialog>",
        "<div style='color:red; display: none'>Secret</div>",
        "<span class=sr-only>Skip to content</span>",
        "<h2>Folding<span class='mw-editsection'>[edit]</span></h2>",
        "<nav><h2>Contents</h2></nav>",
    ],
)
def test_what_is_about_the_site_is_left_out(tmp_path, part):
    found = text(tmp_path, f"<body>{part}<p>{LONG * 5}</p></body>")
    assert found.removeprefix("Folding\n") == (LONG * 5).strip()


@pytest.mark.parametrize(
    ("part", "kept"),
    [
        ("<div class=menu><p>Soup of the day with bread, butter, and a pickled plum for those who like one.</p></div>", "pickled plum"),
        ("<article><header><h1>Paper</h1><p>By Ada</p></header><p>Words.</p><footer>Written in May.</footer></article>", "Written in May."),
        ("<header><h1>Paper</h1></header>", "Paper"),
        ("<section><aside>Note: mind the grain.</aside></section>", "mind the grain"),
        (f"<ul>{MENU.replace('</a>', '</a> tells in many words of its own how paper is made')}</ul>", "many words"),
        ("<ul><li><a href=x>One link</a></li></ul>", "One link"),
        (f"<div><table>{MEMBERS}</table></div>", "| fold3 | Sheet3 |"),
        ("<form><p>The whole page stands in a form.</p></form>", "stands in a form"),
        ("<div class='toc content'><p>Short.</p></div>", "Short."),
        ("<figure><img src=x alt='A press made of oak'><figcaption>The press</figcaption></figure>", "A press made of oak\nThe press"),
        ("<p>Oak <img src=x alt='logo'> press</p>", "Oak press"),
        ("<dl><dt>Awl</dt><dd>Makes holes</dd></dl>", "Awl\nMakes holes"),
        ("<p>E = <math><semantics><mi>x</mi><annotation encoding='application/x-tex'>mc^2</annotation></semantics></math></p>", "E = mc^2"),
        ("<p>So <math alttext='a+b'><mi>z</mi></math> or <math><mi>c</mi></math></p>", "So a+b or c"),
        ("<p><ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字</ruby></p>", "漢字"),
        ("<pre>a<br>b <b>c</b>\nd</pre>", "a\nb c\nd"),
        ("<details><summary>More</summary>Words</details>", "More\nWords"),
    ],
)
def test_what_is_content_stays(tmp_path, part, kept):
    assert kept in text(tmp_path, f"<body><p>{LONG}</p>{part}</body>")


def test_the_largest_of_several_articles_does_not_hide_the_others(tmp_path):
    articles = "".join(f"<article><p>Story {n}. {LONG}</p></article>" for n in range(3))
    assert text(tmp_path, f"<body>{articles}</body>").count("Story") == 3


def test_a_page_that_is_all_links_is_kept(tmp_path):
    assert "Chapter 7" in text(tmp_path, f"<body><ul>{MENU}</ul></body>")
    assert "Chapter 7" in text(tmp_path, f"<body><nav>{MENU}</nav></body>")


def test_links_in_the_main_part_are_kept(tmp_path):
    found = text(tmp_path, f"<body><ul>{MENU}</ul><main><p>{LONG}</p><h2>See also</h2><ul>{MENU}</ul></main></body>")
    assert found.count("Chapter 3") == 1


def test_xhtml_with_empty_elements_and_entities_is_read_as_xml(tmp_path):
    page = (
        '<?xml version="1.0" encoding="ISO-8859-1"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/x.dtd" '
        '[<!ENTITY a "b">]><html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="x"/></head>'
        '<body><p>Gr\xfc\xdfe&nbsp;&eacute; &lt;b&gt; <a id="x"/>here</p></body></html>'
    )
    assert text(tmp_path, page.encode("latin-1")) == "Grüße é <b> here"


def test_xhtml_that_is_not_well_formed_is_read_as_html(tmp_path):
    assert text(tmp_path, '<?xml version="1.0"?><html xmlns="x"><p>a & b<br>c &unknown; d') == "a & b\nc &unknown; d"


def test_entities_neither_grow_nor_point_anywhere(tmp_path):
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    secret = write(tmp_path, "the secret", "secret.txt")
    page = f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY l0 "lol">{laughs}<!ENTITY x SYSTEM "file://{secret}">]><html xmlns="x"><p>a &l11; &x; b</p></html>'
    found = text(tmp_path, page)
    assert len(found) < 2000
    assert "the secret" not in found


@pytest.mark.parametrize(
    ("table", "found"),
    [
        (
            "<table><caption>Tools</caption><tr><th colspan=2>Name<th>Use<tr><td rowspan=2>Awl<td>fine<td>Holes<tr><td>thick<td>Leather</table>",
            ["Tools", "| Name | Name | Use |\n| --- | --- | --- |\n| Awl | fine | Holes |\n| Awl | thick | Leather |"],
        ),
        ("<table><tr><th>Made<td>1891<tr><th>By<td>Ada</table>", ["| Made | 1891 |\n| By | Ada |"]),
        ("<table role=presentation><tr><td>Left<td>Right</table>", ["Left", "Right"]),
        ("<table><tr><td>One column<tr><td>only</table>", ["One column", "only"]),
        ("<table><tr><td><table><tr><td>a<td>b</table><td>c</table>", ["| a | b |", "c"]),
        (f"<table><tr><td>{LONG * 8}<td>Side</table>", [(LONG * 8).strip(), "Side"]),
        ("<table><tr><th>a<th>b<tr><td>x<br>y<script>z</script><td><ul><li>1<li>2</ul></table>", ["| a | b |\n| --- | --- |\n| x y | 1 2 |"]),
        ("<table><tr><td colspan=999999999>a<td rowspan=0>b<tr><td colspan=x>c<td hidden>d</table>", None),
    ],
)
def test_tables_are_read_in_rows_and_tables_for_the_looks_are_walked(tmp_path, table, found):
    blocks = [block.text for block in parse(tmp_path, f"<body>{table}</body>").pages[0].blocks]
    assert blocks == found if found else len("".join(blocks)) < 2000


def test_tables_within_tables_without_end_take_their_length_s_time(tmp_path):
    started = time.process_time()
    page = "<table><tr><td>a<td>b" * 500 + "<p>x" * 20_000 + "</table>" * 500
    assert "x" in text(tmp_path, page)
    assert time.process_time() - started < 10


def test_an_element_of_a_hundred_thousand_attributes_is_refused_at_once(tmp_path):
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, "<body><p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">x</p>")
    assert caught.value.reason == "unreadable"
    assert text(tmp_path, f"<body><img alt='A press of oak' src='data:{'A' * 90_000}'>") == "A press of oak"


def test_cells_that_go_down_for_ever_fill_little(tmp_path):
    table = "<table><tr>" + "<td rowspan=65534>a" * 500 + "</tr>" + "<tr><td>b</tr>" * 3000 + "</table>"
    assert len(text(tmp_path, table)) < 200 * len(table)


def test_a_long_table_says_its_header_in_each_block(tmp_path):
    rows = "".join(f"<tr><td>Tool {n}<td>What it is good for, in a few words</tr>" for n in range(100))
    blocks = parse(tmp_path, f"<table><tr><th>Name<th>Use</tr>{rows}</table>").pages[0].blocks
    assert len(blocks) > 3
    assert all(block.text.startswith("| Name | Use |") for block in blocks)
    assert blocks[-1].rows[1] == 101


def test_lists_within_lists_have_levels(tmp_path):
    page = "<ol><li>a<ol><li>b<ul><li>c</ul></ol><li>d</ol><p>e"
    assert [(block.level, block.text) for block in parse(tmp_path, page).pages[0].blocks] == [(1, "a"), (2, "b"), (3, "c"), (1, "d"), (0, "e")]


@pytest.mark.parametrize(
    ("head", "title"),
    [("<title>Own</title><meta property='og:title' content=Told>", "Own"), ("<meta property='og:title' content=Told>", "Told"), ("", "First heading")],
)
def test_a_title_is_found_where_there_is_one(tmp_path, head, title):
    assert parse(tmp_path, f"<html><head>{head}</head><body><h1>First <b>heading</b></h1></body></html>").title == title


def test_a_base_and_links_are_not_followed(tmp_path):
    page = "<base href='http://127.0.0.1:9/'><link rel=stylesheet href=x><body><img src=y><iframe src=z></iframe><p>Words"
    assert text(tmp_path, page) == "Words"


def test_more_text_than_is_read_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("apps.documents.ingest.limits.MAX_TEXT_CHARS", 100)
    with pytest.raises(FileRefused) as caught:
        html_walk.read_blocks(parse_tree(f"<body><p>{LONG}</p><p>{LONG}</p></body>"))
    assert caught.value.reason == "too_large"
