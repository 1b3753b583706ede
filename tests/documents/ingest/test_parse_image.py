"""Pictures are read by text recognition, or refused in words that say what is missing."""

import io
import struct
import zlib

import pytest

from apps.documents.errors import FileRefused
from apps.documents.ingest import limits, ocr
from apps.documents.ingest.parsers import image as image_module
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.parsers.image import ImageParser, _on_white, _scale
from tests.documents.ingest.pictures import as_bytes, draw, has_ocr, write

ENGLISH = Desk(ocr_languages="eng")


def silent(done: int, total: int) -> None:
    """Nobody watches."""


def texts(tmp_path, data: bytes, desk: Desk = ENGLISH):
    return [(page.number, " ".join(block.text for block in page.blocks)) for page in ImageParser().parse(write(tmp_path, data), silent, desk).pages]


def refusal(tmp_path, data: bytes, desk: Desk = ENGLISH) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        texts(tmp_path, data, desk)
    return caught.value


def empty_png(width: int, height: int) -> bytes:
    """A PNG whose head promises so much; not one pixel follows."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@has_ocr
@pytest.mark.parametrize(("form", "mode"), [("PNG", "L"), ("PNG", "P"), ("JPEG", "RGB"), ("TIFF", "1")])
def test_words_of_a_picture_are_read(tmp_path, form, mode):
    assert texts(tmp_path, as_bytes(draw("Sew the quires on cords", mode=mode), form)) == [(1, "Sew the quires on cords")]


@has_ocr
def test_each_frame_of_a_tiff_is_a_page(tmp_path):
    told = []
    data = as_bytes(draw("First leaf"), "TIFF", save_all=True, append_images=[draw("Second leaf")])
    parsed = ImageParser().parse(write(tmp_path, data), lambda done, total: told.append((done, total)), ENGLISH)
    assert [(page.number, page.blocks[0].text) for page in parsed.pages] == [(1, "First leaf"), (2, "Second leaf")]
    assert (parsed.page_count, parsed.unit) == (2, "page")
    assert told[-1] == (2, 2)


@has_ocr
def test_a_photo_taken_sideways_is_read_upright_and_its_words_have_their_places(tmp_path):
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6
    image = draw("Sew the quires on cords")
    data = as_bytes(image.transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif)
    (page,) = ImageParser().parse(write(tmp_path, data), silent, ENGLISH).pages
    first = page.blocks[0].words[0]
    assert page.text == "Sew the quires on cords"
    assert first.x0 == pytest.approx(60, abs=8)
    assert image.height - 120 < first.y1 < image.height - 50


def test_without_text_recognition_a_picture_is_refused_and_says_what_to_install(tmp_path):
    refused = refusal(tmp_path, as_bytes(draw("Words")), BARE)
    assert refused.reason == "no_text"
    assert "Tesseract" in refused.detail


@has_ocr
def test_a_picture_without_words_says_so(tmp_path):
    refused = refusal(tmp_path, as_bytes(draw()))
    assert (refused.reason, "found no words" in refused.detail) == ("no_text", True)


def test_a_frame_that_text_recognition_could_not_read_is_named(tmp_path, monkeypatch):
    answers = iter([ocr.OcrFailed("late"), [ocr.Seen("word", 0, 0, 9, 9, ("1", "1"), "1", 9, 90)]])

    def answer(picture, languages, alive):
        found = next(answers)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(image_module, "read_picture", answer)
    data = as_bytes(draw("a"), "TIFF", save_all=True, append_images=[draw("b")])
    parsed = ImageParser().parse(write(tmp_path, data), silent, ENGLISH)
    assert [page.number for page in parsed.pages] == [2]
    assert parsed.unread_pages == [1]


def test_a_picture_that_nobody_could_read_is_refused(tmp_path, monkeypatch):
    def late(picture, languages, alive):
        raise ocr.OcrFailed("late")

    monkeypatch.setattr(image_module, "read_picture", late)
    assert "could not read" in refusal(tmp_path, as_bytes(draw("a"))).detail


@pytest.mark.parametrize("side", [10_000, 60_000])
def test_a_flood_of_pixels_is_refused_before_one_is_unpacked(tmp_path, side):
    assert refusal(tmp_path, empty_png(side, side)).reason == "too_large"


def test_more_frames_than_quire_reads_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_PAGES", 2)
    monkeypatch.setattr(image_module, "MAX_PAGES", 2)
    assert refusal(tmp_path, as_bytes(draw(), "TIFF", save_all=True, append_images=[draw(), draw(), draw()])).reason == "too_large"


def test_a_tiff_whose_frames_go_in_circles_ends(tmp_path):
    data = bytearray(as_bytes(draw("Leaf"), "TIFF"))
    first = struct.unpack_from("<I", data, 4)[0]
    entries = struct.unpack_from("<H", data, first)[0]
    struct.pack_into("<I", data, first + 2 + 12 * entries, first)
    assert refusal(tmp_path, bytes(data), BARE).reason == "no_text"


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n and no more",
        empty_png(40, 40),
        as_bytes(draw("Cut off"), "JPEG")[:900],
        b"II*\x00\xff\xff\xff\x7f",
        b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
    ],
)
def test_what_is_no_whole_picture_is_refused(tmp_path, data):
    assert refusal(tmp_path, data).reason == "unreadable"


def test_what_shines_through_is_paper():
    from PIL import Image

    assert _on_white(Image.new("RGBA", (1, 1), (0, 0, 0, 0))).getpixel((0, 0)) == 255
    assert _on_white(Image.new("I;16", (1, 1), 65535)).getpixel((0, 0)) == 255


def test_large_pictures_are_made_smaller_and_small_ones_larger():
    assert _scale(10_000, 8_000) < 0.51
    assert _scale(600, 400) == 2
    assert _scale(2000, 1500) == 1
    assert _scale(900_000, 1) < 0.04


@has_ocr
def test_a_large_photo_is_unpacked_at_a_part_of_its_size(tmp_path, monkeypatch):
    monkeypatch.setattr(image_module, "OCR_PIXELS_MAX", 1_000_000)
    image = draw("Sew the quires on cords", size=80, width=2400)
    image = image.crop((0, 0, 2400, 1200))
    out = io.BytesIO()
    image.save(out, "JPEG")
    (page,) = ImageParser().parse(write(tmp_path, out.getvalue()), silent, ENGLISH).pages
    assert page.text == "Sew the quires on cords"
    assert page.blocks[0].words[0].x0 == pytest.approx(60, abs=12)
    assert 1000 < page.blocks[0].words[0].y1 < 1160
