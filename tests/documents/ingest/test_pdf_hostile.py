"""PDFs made to do harm, and broken ones: each ends in pages or in a refusal, and soon."""

import io
import random
import zlib

import pytest

from apps.documents.errors import FileRefused
from apps.documents.ingest.parsers.base import Desk
from apps.documents.ingest.parsers.pdf import PdfParser
from tests.documents.files import make_pdf, write

FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
TEXT = b"BT /F1 12 Tf 72 700 Td (Hello world) Tj ET "
CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"


def silent(done: int, total: int) -> None:
    """Nobody watches."""


def outcome(tmp_path, data: bytes, languages: str = ""):
    """Return the texts of the pages, or the reason of the refusal."""
    try:
        return [page.text for page in PdfParser().parse(write(tmp_path, data), silent, Desk(ocr_languages=languages)).pages]
    except FileRefused as refused:
        return refused.reason


def pdf(*objects: bytes, has_table: bool = True) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalog."""
    out = io.BytesIO(b"%PDF-1.7\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, one in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n" % number + one + b"\nendobj\n")
    table = out.tell()
    if has_table:
        out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
        out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer <</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, table))
    return out.getvalue()


def stream(data: bytes, extra: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n" % (len(data), extra) + data + b"\nendstream"


def one_page(content: bytes, *more: bytes, media: bytes = b"[0 0 612 792]", resources: bytes = b"", has_table: bool = True) -> bytes:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox %s/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>%s>>>>" % (media, resources)
    return pdf(CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, content, FONT, *more, has_table=has_table)


def tree(kids: bytes, *more: bytes) -> bytes:
    return pdf(CATALOG, b"<</Type/Pages" + kids + b">>", *more)


PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"


@pytest.mark.parametrize(
    ("data", "ends"),
    [
        (tree(b"/Kids[2 0 R 2 0 R]/Count 10"), "unreadable"),
        (tree(b"/Kids[3 0 R 3 0 R]/Count 100", b"<</Type/Pages/Parent 2 0 R/Kids[2 0 R 2 0 R]/Count 50>>"), "unreadable"),
        (tree(b"/Kids[3 0 R]/Count 1000000", PAGE), "too_large"),
        (tree(b"/Kids[3 0 R]/Count -5", PAGE), "no_text"),
        (tree(b"/Kids[]/Count 0"), "unreadable"),
        (one_page(stream(TEXT), media=b"[0 0 1e30 1e30]"), ["Hello world"]),
        (one_page(stream(TEXT), media=b"[0 0 -5 nan]"), ["Hello world"]),
        (one_page(stream(TEXT), b"[" * 50_000 + b"]" * 50_000), ["Hello world"]),
        (one_page(stream(b"BT /F1 1e30 Tf 1e38 1e38 Td (Hello) Tj ET")), "no_text"),
        (one_page(stream(b"BT /F1 12 Tf 0 0 0 0 0 0 Tm (Hello) Tj ET 0 0 0 0 0 0 cm 0 0 5 5 re S")), "no_text"),
        (
            one_page(stream(b"/X Do " * 3 + TEXT), stream(b"/X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]"), resources=b"/XObject<</X 6 0 R>>"),
            ["Hello world"],
        ),
        (one_page(stream(zlib.compress(b" " * 20_000_000, 9), b"/Filter/FlateDecode")), "no_text"),
        (one_page(stream(TEXT + zlib.compress(b"0 0 10 10 re f " * 20_000)[:9], b"/Filter/FlateDecode")), ["Hello world"]),
        (one_page(stream(zlib.compress(TEXT + b"0 0 m 90 90 l S 0 0 99 0 re f " * 20_000, 9), b"/Filter/FlateDecode")), ["Hello world"]),
        (one_page(stream(b"BT /F1 1 Tf " + b"0 -2 Td (aa) Tj 40 0 Td (bb) Tj -40 0 Td " * 4000 + b"ET"), media=b"[0 -9000 99 9]"), [("aa bb " * 4000).strip()]),
        (b"%PDF-1.7\n" + b"1 0 obj <</A " * 20_000, "unreadable"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_hostile_file_ends(tmp_path, data, ends):
    assert outcome(tmp_path, data) == ends


def test_many_pages_that_are_the_same_one_are_read(tmp_path):
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
    found = outcome(tmp_path, tree(b"/Kids[" + b"3 0 R " * 200 + b"]/Count 200", page, stream(TEXT), FONT))
    assert found == ["Hello world"] * 200


def test_a_page_without_its_reference_table_is_read(tmp_path):
    assert outcome(tmp_path, one_page(stream(TEXT), has_table=False)) == ["Hello world"]


@pytest.mark.parametrize("names", [b"/Fl", b"/FlateDecode", b"[/Fl]"])
def test_filters_may_be_abbreviated(tmp_path, names):
    assert outcome(tmp_path, one_page(stream(zlib.compress(TEXT), b"/Filter" + names))) == ["Hello world"]


def test_letters_of_another_script_need_no_font_in_the_file(tmp_path):
    font = b"<</Type/Font/Subtype/Type0/BaseFont/Ryumin-Light/Encoding/90ms-RKSJ-H/DescendantFonts[6 0 R]>>"
    inner = b"<</Type/Font/Subtype/CIDFontType0/BaseFont/Ryumin-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>/FontDescriptor 7 0 R>>"
    descriptor = b"<</Type/FontDescriptor/FontName/Ryumin-Light/Flags 4/FontBBox[0 0 9 9]/ItalicAngle 0/Ascent 9/Descent 0/StemV 9>>"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
    content = stream(b"BT /F1 20 Tf 72 700 Td <82a082a282a4> Tj ET")
    data = pdf(CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, content, font, inner, descriptor)
    assert outcome(tmp_path, data) == ["\u3042\u3044\u3046"]


def test_a_file_cut_short_anywhere_ends(tmp_path):
    data = make_pdf(["First page.", "Second page."])
    ends = {type(outcome(tmp_path, data[:length])) for length in range(0, len(data), len(data) // 40)}
    assert ends <= {str, list}


def test_a_file_with_flipped_bits_ends(tmp_path):
    chance = random.Random(7)
    data = make_pdf(["First page of words.\nA second line."], title_size=20)
    for _try in range(60):
        harmed = bytearray(data)
        for _flip in range(6):
            harmed[chance.randrange(len(harmed))] ^= 1 << chance.randrange(8)
        assert outcome(tmp_path, bytes(harmed)) is not None


def test_a_reading_that_is_given_up_lets_the_next_one_begin(tmp_path):
    data = make_pdf([f"Page {number} has words." for number in range(20)])
    pages = iter(PdfParser().parse(write(tmp_path, data), silent).pages)
    next(pages)
    assert len(outcome(tmp_path, make_pdf(["Another file."]))) == 1
    pages.close()
    assert len(outcome(tmp_path, make_pdf(["A third one."]))) == 1
