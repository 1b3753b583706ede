import pytest

from apps.documents.errors import ContentTooLarge, FileRefused
from apps.documents.ingest.parsers.html import HtmlParser
from tests.documents.files import write


def silent(done: int, total: int) -> None:
    """No page is waiting for this."""


def parse(tmp_path, html: bytes | str):
    return HtmlParser().parse(write(tmp_path, html), silent)


def blocks(tmp_path, html: bytes | str):
    return [(b.kind.value, b.level, b.text) for b in parse(tmp_path, html).pages[0].blocks]


def test_it_reads_headings_paragraphs_lists_tables_and_code(tmp_path):
    found = blocks(
        tmp_path,
        "<html><body><h1>Binding <em>by hand</em></h1><p>Fold\n the sheets.<br>Then sew.</p>"
        "<ul><li>Awl<ul><li><p>Fine awl</p></li></ul></li><li>Needle</li></ul>"
        "<table><tr><th>Tool<th>Use</tr><tr><td>Awl<td>Holes</tr><tr></tr></table><pre>a\n  b</pre>Loose words</body></html>",
    )
    assert found == [
        ("heading", 1, "Binding by hand"),
        ("paragraph", 0, "Fold the sheets.\nThen sew."),
        ("list_item", 1, "Awl"),
        ("list_item", 2, "Fine awl"),
        ("list_item", 1, "Needle"),
        ("table", 0, "| Tool | Use |\n| --- | --- |\n| Awl | Holes |"),
        ("code", 0, "a\n  b"),
        ("paragraph", 0, "Loose words"),
    ]


def test_what_is_not_content_is_left_out(tmp_path):
    found = blocks(
        tmp_path,
        "<body><nav>Menu</nav><script>alert(1)</script><style>p{}</style><p hidden>Hidden</p><div aria-hidden='true'>No</div>"
        "<div role=navigation>Links</div><!-- remark --><p>Said<script>x</script> here</p><footer>Imprint</footer></body>",
    )
    assert found == [("paragraph", 0, "Said here")]


def test_the_main_part_is_taken_if_it_is_most_of_the_page(tmp_path):
    words = "The article itself. " * 10
    assert blocks(tmp_path, f"<body><p>Advert</p><main><p>{words}</p></main></body>") == [("paragraph", 0, words.strip())]


def test_a_small_main_part_does_not_hide_the_rest(tmp_path):
    words = "All of the text is out here. " * 10
    found = blocks(tmp_path, f"<body><main>x</main><p>{words}</p></body>")
    assert found[-1][2] == words.strip()


def test_a_table_for_the_looks_is_walked(tmp_path):
    assert blocks(tmp_path, "<table><tr><td><h2>Left</h2><p>Words</p></td></tr></table>") == [("heading", 2, "Left"), ("paragraph", 0, "Words")]


def test_the_title_is_the_page_s_own(tmp_path):
    assert parse(tmp_path, "<head><title> A\n title </title></head><body>x</body>").title == "A title"


def test_a_wrong_charset_is_survived(tmp_path):
    html = '<meta charset="windows-1256"><p>Übergröße</p>'.encode()
    assert blocks(tmp_path, html)[0][2] == "Übergröße"


def test_a_right_charset_is_believed(tmp_path):
    html = '<meta charset="windows-1251"><p>Привет</p>'.encode("cp1251")
    assert blocks(tmp_path, html)[0][2] == "Привет"


def test_deep_nesting_is_read(tmp_path):
    html = "<div>" * 1500 + "deep" + "</div>" * 1500 + "<p>after</p>"
    assert [text for _kind, _level, text in blocks(tmp_path, html)] == ["deep", "after"]


def test_nesting_without_end_is_refused_rather_than_cut(tmp_path):
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, "<p>before</p>" + "<div>" * 10_000 + "deep")
    assert caught.value.reason == "too_large"


def test_an_external_entity_stays_outside(tmp_path):
    secret = write(tmp_path, "the secret", "secret.txt")
    html = f'<!DOCTYPE html [<!ENTITY x SYSTEM "file://{secret}">]><p>a &x; b</p>'
    assert "secret" not in parse(tmp_path, html).pages[0].text


@pytest.mark.parametrize("html", ["<html></html>", "<body><script>x</script></body>", "<!-- only a remark -->"])
def test_a_page_without_words_is_empty(tmp_path, html):
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, html)
    assert caught.value.reason == "empty"


def test_bytes_that_are_not_text_are_refused(tmp_path):
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, bytes(range(32)) * 40)
    assert caught.value.reason == "unreadable"


@pytest.mark.parametrize("part", ["<tr><td></td><td>1</td></tr>", "<div><b></b></div>", "<nav><i>x</i></nav>"], ids=["table", "empty", "menu"])
def test_a_page_of_many_small_parts_gives_signs_of_life_all_along(tmp_path, part):
    """Half a minute of it is legal, and one that says nothing for a minute is ended."""
    path = tmp_path / "a.html"
    path.write_text(f"<body><p>Words.</p><table>{part * 20_000}</table></body>")
    beats = []
    HtmlParser().parse(path, lambda *_: beats.append(1))
    assert len(beats) > 8


def test_pictures_inside_a_page_are_no_text_that_is_too_much(tmp_path):
    path = tmp_path / "a.html"
    picture = "data:image/png;charset=utf-8;base64," + "QUJD" * 1_100_000
    path.write_text(f"<style>p {{background: url({picture})}}</style><p>Words <img src='{picture}'> and words.</p>")
    (page,) = HtmlParser().parse(path, lambda *_: None).pages
    assert [block.text for block in page.blocks] == ["Words and words."]
    path.write_text("<p>" + "Words. " * 1_200_000)
    with pytest.raises(ContentTooLarge):
        HtmlParser().parse(path, lambda *_: None)
