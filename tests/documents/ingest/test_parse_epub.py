import pytest

from apps.documents.errors import FileRefused
from apps.documents.ingest.parsers.base import Desk
from apps.documents.ingest.parsers.epub import EpubParser
from tests.documents.files import make_zip, write

CONTAINER = '<container xmlns="x"><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
XHTML = '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>{}</title></head><body>{}</body></html>'
LOCK = '<encryption xmlns="x"><e:EncryptedData xmlns:e="e"><e:EncryptionMethod Algorithm="{}"/><e:CipherReference URI="{}"/></e:EncryptedData></encryption>'


def silent(done: int, total: int) -> None:
    """No page is waiting for this."""


def package(items: str, spine: str, title: str = "A book") -> str:
    said = f'<metadata xmlns:dc="d"><dc:title>{title}</dc:title></metadata>'
    return f'<?xml version="1.0"?><package xmlns="o">{said}<manifest>{items}</manifest><spine>{spine}</spine></package>'


def item(name: str, href: str | None = None, kind: str = "application/xhtml+xml", properties: str = "") -> str:
    return f'<item id="{name}" href="{href or name + ".xhtml"}" media-type="{kind}" properties="{properties}"/>'


def book(members: dict[str, str], items: str = "", spine: str = "", **more: str) -> bytes:
    items = items or "".join(item(name.removesuffix(".xhtml")) for name in members)
    spine = spine or "".join(f'<itemref idref="{name.removesuffix(".xhtml")}"/>' for name in members)
    files = {"mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER, "OEBPS/book.opf": package(items, spine), **more}
    files |= {f"OEBPS/{name}": text for name, text in members.items()}
    return make_zip({name: text.encode() for name, text in files.items()})


def chapter(text: str, title: str = "") -> str:
    return XHTML.format(title, text)


def read(tmp_path, data: bytes):
    parsed = EpubParser().parse(write(tmp_path, data), silent, Desk())
    return parsed, list(parsed.pages)


def refusal(tmp_path, data: bytes) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read(tmp_path, data)
    return caught.value


def test_chapters_come_in_reading_order_with_their_names(tmp_path):
    members = {
        "two.xhtml": chapter("<h1>Second</h1><p>b</p>"),
        "one.xhtml": chapter("<h1>First</h1><p>a</p>"),
        "more.xhtml": chapter("<p>goes on</p>"),
        "nav.xhtml": chapter('<nav xmlns:epub="e" epub:type="toc"><a href="one.xhtml">Chapter One</a><a href="two.xhtml#top">Chapter Two</a></nav>'),
    }
    items = item("one") + item("two") + item("more") + item("nav", properties="nav")
    spine = "".join(f'<itemref idref="{name}"/>' for name in ("nav", "one", "two", "more", "two", "none"))
    parsed, pages = read(tmp_path, book(members, items, spine))
    assert (parsed.title, parsed.unit, parsed.page_count) == ("A book", "chapter", 3)
    assert [(page.number, page.label, page.blocks[-1].text) for page in pages] == [
        (1, "Chapter One", "a"),
        (2, "Chapter Two", "b"),
        (3, "Chapter Two", "goes on"),
    ]


def test_the_names_of_older_books_come_from_their_ncx(tmp_path):
    ncx = '<ncx xmlns="n"><navMap><navPoint><navLabel><text>Of Paper</text></navLabel><content src="a%20b.xhtml#x"/></navPoint><navPoint/></navMap></ncx>'
    items = item("a", "a%20b.xhtml") + item("toc", "toc.ncx", "application/x-dtbncx+xml")
    members = {"a b.xhtml": chapter("<p>words</p>"), "toc.ncx": ncx}
    _, (page,) = read(tmp_path, book(members, items, '<itemref idref="a"/>'))
    assert page.label == "Of Paper"


def test_a_file_of_many_chapters_is_called_as_a_whole(tmp_path):
    nav = '<nav><a href="poems.xhtml#a">Rain</a><a href="poems.xhtml#b">Snow</a></nav>'
    members = {"poems.xhtml": chapter("<h2>Rain</h2><p>a</p><h2>Snow</h2><p>b</p>", "Poems"), "nav.xhtml": chapter(nav)}
    items = item("poems") + item("nav", properties="nav")
    assert read(tmp_path, book(members, items, '<itemref idref="poems"/>'))[1][0].label == "Poems"
    named = nav.replace("<nav>", '<nav><a href="poems.xhtml">All poems</a>')
    members["nav.xhtml"] = chapter(named)
    assert read(tmp_path, book(members, items, '<itemref idref="poems"/>'))[1][0].label == "All poems"


def test_a_chapter_nobody_names_is_called_by_its_heading_or_title(tmp_path):
    members = {"a.xhtml": chapter("<p>x</p>", "Preface"), "b.xhtml": chapter("<h1>Paper</h1><h2>Pulp</h2><p>x</p>", "Book")}
    assert [page.label for page in read(tmp_path, book(members))[1]] == ["Preface", "Paper"]


def test_lines_of_a_poem_stay_lines(tmp_path):
    poem = "<p>\n<span>The cold storms,</span>\n<br/>\n<span>shall chill him.</span></p><p>Next<br/>stanza</p>"
    _, (page,) = read(tmp_path, book({"a.xhtml": chapter(poem)}))
    assert [block.text for block in page.blocks] == ["The cold storms,\nshall chill him.", "Next\nstanza"]


def test_pictures_and_empty_chapters_are_no_pages(tmp_path):
    svg = item("s", "s.svg", "image/svg+xml")
    members = {"cover.xhtml": chapter('<img src="c.jpg" alt="Cover"/>'), "none.xhtml": "", "a.xhtml": chapter("<p>words</p>"), "s.svg": "<svg/>"}
    items = item("cover") + item("none") + item("a") + svg
    parsed, pages = read(tmp_path, book(members, items, "".join(f'<itemref idref="{n}"/>' for n in ("cover", "none", "a", "s"))))
    assert [page.number for page in pages] == [3]
    assert parsed.notes == []


def test_a_missing_chapter_is_said_and_the_others_are_read(tmp_path):
    members = {"a.xhtml": chapter("<p>words</p>")}
    parsed, pages = read(tmp_path, book(members, item("a") + item("gone"), '<itemref idref="gone"/><itemref idref="a"/>'))
    assert len(pages) == 1
    assert parsed.notes == ["1 chapter of this book is damaged and was left out."]
    data = book(
        {**members, "b.xhtml": "\x00\x01\x02" * 50}, item("a") + item("b") + item("gone"), '<itemref idref="gone"/><itemref idref="b"/><itemref idref="a"/>'
    )
    assert read(tmp_path, data)[0].notes == ["2 chapters of this book are damaged and were left out."]


def test_a_book_of_pictures_has_no_text(tmp_path):
    assert refusal(tmp_path, book({"a.xhtml": chapter("<img src='x.jpg'/>")})).reason == "no_text"


@pytest.mark.parametrize(
    ("algorithm", "place", "reason"),
    [
        ("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "OEBPS/a.xhtml", "encrypted"),
        ("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "OEBPS/fonts/a.otf", None),
        ("http://www.idpf.org/2008/embedding", "OEBPS/fonts/a.otf", None),
    ],
)
def test_a_locked_book_is_refused_and_one_with_locked_fonts_is_read(tmp_path, algorithm, place, reason):
    data = book({"a.xhtml": chapter("<p>words</p>")}, **{"META-INF/encryption.xml": LOCK.format(algorithm, place)})
    assert (refusal(tmp_path, data).reason if reason else None) == reason
    assert reason or read(tmp_path, data)[1]


def test_without_a_container_the_package_is_looked_for(tmp_path):
    data = book({"a.xhtml": chapter("<p>words</p>")}, **{"META-INF/container.xml": "<broken"})
    assert len(read(tmp_path, data)[1]) == 1


@pytest.mark.parametrize(
    "data",
    [
        make_zip({"mimetype": b"application/epub+zip"}),
        make_zip({"a.opf": b"<package><spine/></package>"}),
        make_zip({"a.opf": b"not xml"}),
        book({"a.xhtml": chapter("<p>x</p>")}, item("a", "http://127.0.0.1:9/a.xhtml"), '<itemref idref="a"/>'),
        book({"a.xhtml": chapter("<p>x</p>")}, item("a", "../../../etc/passwd.xhtml"), '<itemref idref="a"/>'),
        book({"a.xhtml": chapter("<p>x</p>")}, item("a", "/etc/hosts.xhtml"), '<itemref idref="a"/>'),
        book({"a.xhtml": chapter("<p>x</p>")})[:-40],
    ],
)
def test_a_book_that_does_not_hold_together_is_unreadable(tmp_path, data):
    assert refusal(tmp_path, data).reason == "unreadable"


def test_entities_in_any_of_its_lists_stay_what_they_are(tmp_path):
    secret = write(tmp_path, "the secret", "secret.txt")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    doctype = f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}<!ENTITY s SYSTEM "file://{secret}">]>'
    members = {
        "a.xhtml": chapter("<p>words &l11; &s;</p>").replace("<html", doctype + "<html"),
        "nav.xhtml": doctype + chapter('<nav><a href="a.xhtml">&s;</a></nav>'),
    }
    data = book(members, item("a") + item("nav", properties="nav"), '<itemref idref="a"/>')
    _, (page,) = read(tmp_path, data)
    assert "the secret" not in page.text + page.label
    assert len(page.text) < 200


def test_more_chapters_or_text_than_are_read_are_refused(tmp_path, monkeypatch):
    data = book({f"c{n}.xhtml": chapter("<p>" + "words " * 20 + "</p>") for n in range(4)})
    monkeypatch.setattr("apps.documents.ingest.limits.MAX_TEXT_CHARS", 300)
    assert refusal(tmp_path, data).reason == "too_large"
    monkeypatch.setattr("apps.documents.ingest.limits.MAX_PAGES", 3)
    assert refusal(tmp_path, data).reason == "too_large"


def test_progress_is_told_for_each_chapter(tmp_path):
    told: list[tuple[int, int]] = []
    parsed = EpubParser().parse(write(tmp_path, book({"a.xhtml": chapter("<p>x</p>"), "b.xhtml": chapter("<p>y</p>")})), lambda *at: told.append(at))
    assert told == []
    assert len(list(parsed.pages)) == 2
    assert told == [(1, 2), (2, 2)]
