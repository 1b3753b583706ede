"""Text recognition: what goes to Tesseract, what comes back, and what happens when it does not."""

import pytest

from apps.documents.ingest import ocr
from apps.documents.ingest.ocr import OcrFailed, Picture, Seen, find_languages, read_picture, usable_languages
from tests.documents.ingest.pictures import draw, has_ocr


def quiet() -> None:
    """Nobody is waiting."""


def picture_of(image) -> Picture:
    return Picture(image.width, image.height, image.tobytes())


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Stands for Tesseract: a shell script of one line."""

    def make(line: str) -> None:
        path = tmp_path / "tesseract"
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o700)
        monkeypatch.setattr(ocr, "find_program", lambda: str(path))

    find_languages.cache_clear()
    yield make
    find_languages.cache_clear()


@has_ocr
def test_words_come_with_their_boxes_in_pixels():
    words = read_picture(picture_of(draw("Sew the quires", "on waxed cords")), "eng", quiet)
    assert [word.text for word in words] == ["Sew", "the", "quires", "on", "waxed", "cords"]
    assert words[0].x0 == pytest.approx(60, abs=6)
    assert words[0].y1 < words[3].y0
    assert (words[0].paragraph, words[0].line) != (words[3].paragraph, words[3].line)


@has_ocr
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_page_is_read_and_its_boxes_stay_where_the_words_are(quarters):
    from PIL import Image

    image = draw("Sew the quires on cords", "A binder waxes the thread", "before the leaves are sewn")
    way = {1: Image.Transpose.ROTATE_90, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_270}[quarters]
    turned = image.transpose(way)
    words = read_picture(picture_of(turned), "eng", quiet)
    assert " ".join(word.text for word in words).startswith("Sew the quires on cords A binder")
    first = words[0]
    ink = turned.crop((int(first.x0), int(first.y0), int(first.x1), int(first.y1)))
    assert min(ink.tobytes()) < 100


def test_a_page_that_makes_no_sense_is_read_on_its_other_sides(monkeypatch):
    read = []

    def answer(picture, languages, until):
        read.append((picture.width, picture.height))
        confidence = 90.0 if len(read) == 2 else 40.0
        return [Seen("quire", 10, 20, 60, 30, ("1", "1"), "1", 10, confidence)]

    monkeypatch.setattr(ocr, "_read", answer)
    (word,) = read_picture(Picture(200, 100, bytes(20_000)), "eng", quiet)
    assert read == [(200, 100), (100, 200), (100, 200), (200, 100)]
    assert (word.x0, word.y0, word.x1, word.y1) == (170, 10, 180, 60)


def test_words_that_are_hardly_recognised_are_left_out(monkeypatch):
    found = [Seen(text, 0, 0, 1, 1, ("1", "1"), "1", 1, confidence) for text, confidence in (("quires", 90.0), ("x", 12.0))]
    monkeypatch.setattr(ocr, "_read", lambda picture, languages, until: found)
    assert [word.text for word in read_picture(Picture(2, 2, bytes(4)), "eng", quiet)] == ["quires"]


def test_when_the_time_is_over_the_other_sides_are_left(monkeypatch):
    answers = iter([[Seen("q", 0, 0, 1, 1, ("1", "1"), "1", 1, 40.0)]])

    def answer(picture, languages, until):
        for words in answers:
            return words
        raise OcrFailed("late")

    monkeypatch.setattr(ocr, "_read", answer)
    assert [word.text for word in read_picture(Picture(2, 2, bytes(4)), "eng", quiet)] == ["q"]


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turning_back_finds_the_same_place(quarters):
    from PIL import Image

    image = Image.new("L", (40, 30), 255)
    image.paste(0, (5, 3, 9, 4))
    picture = Picture(40, 30, image.tobytes())
    turned = ocr._turn(picture, quarters)
    box = Image.frombytes("L", (turned.width, turned.height), turned.pixels).point(lambda value: 255 - value).getbbox()
    word = ocr._turn_word(Seen("x", *box, ("", ""), "", 1, 1), quarters, picture)
    assert (word.x0, word.y0, word.x1, word.y1) == (5, 3, 9, 4)


def test_a_picture_that_is_too_large_never_reaches_the_program(program):
    program("exit 0")
    with pytest.raises(OcrFailed):
        read_picture(Picture(40_000, 1, bytes(40_000)), "eng", quiet)


def test_without_the_program_there_are_no_languages_and_no_words(monkeypatch):
    monkeypatch.setattr(ocr.shutil, "which", lambda name: None)
    find_languages.cache_clear()
    assert find_languages() == ()
    assert usable_languages("eng+deu") == ""
    with pytest.raises(OcrFailed):
        read_picture(Picture(1, 1, b"\0"), "eng", quiet)
    find_languages.cache_clear()


def test_languages_are_those_that_the_program_lists(program):
    program("printf 'List of available languages in \"/a b/\" (3):\\neng\\nosd\\ndeu\\n'")
    assert find_languages() == ("deu", "eng")
    assert usable_languages("deu+fra+eng") == "deu+eng"


def test_a_program_that_fails_lists_none(program):
    program("exit 3")
    assert find_languages() == ()


def test_a_program_that_takes_too_long_is_ended(program, monkeypatch):
    monkeypatch.setattr(ocr, "OCR_PAGE_SECONDS", 0.3)
    program("exec sleep 60")
    with pytest.raises(OcrFailed):
        read_picture(Picture(1, 1, b"\0"), "eng", quiet)


def test_a_program_that_does_not_listen_is_none(program):
    program("exit 1")
    with pytest.raises(OcrFailed):
        read_picture(Picture(1000, 1000, bytes(1_000_000)), "eng", quiet)


def test_the_program_sees_an_environment_of_ours_and_one_thread(program, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "a secret")
    program("env; pwd")
    seen = ocr._run([ocr.find_program()], b"", 20).split()
    assert "OMP_THREAD_LIMIT=1" in seen
    assert not any("DATABASE_URL" in one for one in seen)


def test_lines_of_the_table_that_are_none_are_left_out():
    head = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
    rows = [
        "4\t1\t1\t1\t1\t0\t0\t0\t90\t12\t-1\t",
        "5\t1\t1\t1\t1\t1\t0\t0\t30\t10\t95.5\tSew",
        "5\t1\t1\t1\t1\t3\t80\t0\t30\t10\t95.0\t ",
        "cut short",
    ]
    (word,) = ocr._words(head + "\n".join(rows))
    assert (word.text, word.height, word.x1) == ("Sew", 12, 30)
