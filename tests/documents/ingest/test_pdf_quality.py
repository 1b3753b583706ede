"""A text layer is believed only where it can be text."""

import io
from dataclasses import replace

import pytest

from apps.documents.errors import FileRefused
from apps.documents.ingest.parsers.pdf import PdfParser
from apps.documents.ingest.parsers.pdf_lines import _is_no_letter, _word_text, read_lines
from apps.documents.ingest.parsers.pdf_quality import is_readable, is_unlikely, is_unmapped
from tests.documents.files import make_pdf, write

ENGLISH = (
    "Paper is made from fibres that were beaten, drained and pressed between felts until the sheet holds. It is then dried, sized and "
    "calendered. A quire is a gathering of leaves that were folded together; the binder sews the quires on cords with waxed linen thread."
)
GERMAN = (
    "Der Buchbinder faltet die Bögen, näht die Lagen auf Bünde und leimt den Rücken. Schließlich schlägt er den Block mit dem Hammer "
    "rund, setzt die Deckel an und überzieht sie mit Leder oder Gewebe, das er zuvor geschärft hat, damit die Kanten nicht auftragen."
)
CZECH = "Strč prst skrz krk. Papír se vyrábí z vláken, která byla rozemleta a odvodněna, a potom se lisuje mezi plstmi, dokud list nedrží pohromadě. " * 2
VIETNAMESE = "Giấy được làm từ sợi đã được nghiền nát, để ráo nước và ép giữa các tấm nỉ cho đến khi tờ giấy giữ được hình dạng của nó. " * 2
CYRILLIC = "Бумага делается из волокон, которые были размолоты, обезвожены и спрессованы между сукнами, пока лист не станет держаться. " * 3
CODE = "for leaf in book.leaves: if leaf.is_cut: press(leaf, weight=12) else: fold(leaf) return [leaf.number for leaf in book if leaf] " * 3
NUMBERS = "Parts 2,100 300 225 10.20% 278.46 5,738 $12.00 2024-01-15 Total 60 30 15 " * 5
NAMES = "FoldIdIsException FOLD_IS_EXCEPTION 0x000A NULL PT_STRING8 0006200a-0000-0000-c000-000000000046 book.leaf2.LEAF.html_body NOTE_ID " * 8
TEX = r"202 \newcommand*{\beginnumberingR}{% 203 \ifnumberingR 204 \led@err@NumberingStarted \global\let\@R@line=\relax 205 \fi% {\the\l@dnumpstartsL} " * 5


@pytest.mark.parametrize("text", [ENGLISH, GERMAN, CZECH, VIETNAMESE, CYRILLIC, CODE, NUMBERS, NAMES, TEX, "two words"])
def test_text_is_likely(text):
    assert not is_unlikely(text.split())


def test_letters_that_were_renumbered_are_not():
    shifted = "".join(chr(33 + (ord(letter) + 27) % 90) if not letter.isspace() else " " for letter in ENGLISH)
    assert is_unlikely(shifted.split())
    assert not is_readable(shifted.split())


@pytest.mark.parametrize("step", range(1, 26))
def test_letters_shifted_by_any_step_do_not_read_well(step):
    small = "".join(chr(97 + (ord(letter) - 97 + step) % 26) if letter.isalpha() else letter for letter in ENGLISH.lower())
    assert not is_readable(small.split())


@pytest.mark.parametrize("text", [ENGLISH, GERMAN, "Booked and interest date. Amount in EUR: 1,406.50 for the quires"])
def test_words_that_read_well_are_believed_though_no_font_explains_them(text):
    assert is_readable(text.split())
    assert not is_readable(text.split()[:7])
    assert not is_readable(" ".join(f"{word} % & '%" for word in text.split()).split())


def test_words_without_vowels_are_not():
    assert is_unlikely([word.translate(str.maketrans("aeiou", "xkwzq")) for word in ENGLISH.split()])


def test_cyrillic_read_as_western_letters_is_not():
    assert is_unlikely(CYRILLIC.encode("cp1251").decode("latin-1").split())


def test_a_share_of_unmapped_letters_is_suffered():
    assert not is_unmapped(100, 30)
    assert is_unmapped(100, 31)


@pytest.mark.parametrize("code", [0, 1, 0x1F, 0x80, 0xE000, 0xF8FF, 0xFFFD])
def test_controls_private_letters_and_replacements_are_no_letters(code):
    assert _is_no_letter(code)
    assert not _is_no_letter(ord("é"))


def test_words_are_clean_when_they_leave_the_reader():
    assert _word_text([0xFB01, ord("x")]) == "fix"
    assert _word_text([0xD83D, 0xDE00]) == "\U0001f600"
    assert _word_text([0xF0B7]) == "\u2022"
    assert _word_text([0xFEFB]) == "\u0644\u0627"
    assert _word_text([0, 0]) == ""


class Unmapped:
    """Stands for a text page: pdfium is asked for everything."""

    raw = None


def test_letters_that_no_font_explains_are_counted(monkeypatch):
    from pypdfium2 import raw

    codes = [0xFFFD, 0xE001, 0x2, 65, 32, 66, 67, 0xD]
    monkeypatch.setattr(raw, "FPDFText_CountChars", lambda page: len(codes))
    monkeypatch.setattr(raw, "FPDFText_GetUnicode", lambda page, index: codes[index])
    monkeypatch.setattr(raw, "FPDFText_HasUnicodeMapError", lambda page, index: index == 5)
    monkeypatch.setattr(raw, "FPDFText_GetLooseCharBox", lambda page, index, rect: 1)
    monkeypatch.setattr(raw, "FPDFText_GetCharAngle", lambda page, index: -1.0)
    monkeypatch.setattr(raw, "FPDFText_GetFontSize", lambda page, index: 1.0)
    monkeypatch.setattr(raw, "FPDFText_GetFontInfo", lambda *arguments: 0)
    monkeypatch.setattr(raw, "FPDFText_GetFontWeight", lambda page, index: 700)
    found = read_lines(Unmapped())
    assert (found.visible, found.unmapped) == (5, 4)
    assert found.lines[0].words[0].is_parted


def test_one_glyph_of_alef_and_lam_is_lam_and_alef(monkeypatch):
    from pypdfium2 import raw

    codes = [0x6A9, 0x627, 0x644, 0x6CC]
    places = {0: 30.0, 1: 20.0, 2: 20.0, 3: 10.0}

    def box(page, index, rect):
        rect.left, rect.right, rect.bottom, rect.top = places[index], places[index] + 8, 0, 10
        return 1

    monkeypatch.setattr(raw, "FPDFText_CountChars", lambda page: len(codes))
    monkeypatch.setattr(raw, "FPDFText_GetUnicode", lambda page, index: codes[index])
    monkeypatch.setattr(raw, "FPDFText_HasUnicodeMapError", lambda page, index: 0)
    monkeypatch.setattr(raw, "FPDFText_GetLooseCharBox", box)
    monkeypatch.setattr(raw, "FPDFText_GetCharAngle", lambda page, index: 0.0)
    monkeypatch.setattr(raw, "FPDFText_GetFontSize", lambda page, index: 10.0)
    monkeypatch.setattr(raw, "FPDFText_GetFontInfo", lambda *arguments: 0)
    monkeypatch.setattr(raw, "FPDFText_GetFontWeight", lambda page, index: 400)
    assert read_lines(Unmapped()).lines[0].text == "\u06a9\u0644\u0627\u06cc"
    places[2] = 14.0
    assert read_lines(Unmapped()).lines[0].text == "\u06a9\u0627\u0644\u06cc"


def test_a_page_of_renumbered_letters_is_named_as_unread(tmp_path):
    from reportlab.pdfgen.canvas import Canvas

    shifted = "".join(chr(33 + (ord(letter) + 27) % 90) if not letter.isspace() else " " for letter in ENGLISH).split()
    out = io.BytesIO()
    canvas = Canvas(out)
    for words in (ENGLISH.split(), shifted):
        for number in range(0, len(words), 8):
            canvas.drawString(72, 700 - 2 * number, " ".join(words[number : number + 8]))
        canvas.showPage()
    canvas.save()
    parsed = PdfParser().parse(write(tmp_path, out.getvalue()), lambda done, total: None)
    assert [page.number for page in parsed.pages] == [1]
    assert parsed.unread_pages == [2]


def guess(monkeypatch, words):
    """Have pdfium say that it guessed these words, which are most of each page."""
    from apps.documents.ingest.parsers import pdf_page

    monkeypatch.setattr(pdf_page, "read_lines", lambda text_page: replace(read_lines(text_page), visible=100, unmapped=60, guessed=words))


def test_a_good_guess_at_letters_that_no_font_explains_is_read(monkeypatch, tmp_path):
    guess(monkeypatch, ENGLISH.split())
    (page,) = PdfParser().parse(write(tmp_path, make_pdf([ENGLISH])), lambda done, total: None).pages
    assert page.text.startswith("Paper is made")


def test_a_bad_guess_makes_the_page_unread_however_well_the_rest_reads(monkeypatch, tmp_path):
    guess(monkeypatch, ["%", "&", "'("] * 40)
    parsed = PdfParser().parse(write(tmp_path, make_pdf([ENGLISH])), lambda done, total: None)
    with pytest.raises(FileRefused):
        list(parsed.pages)
    assert parsed.unread_pages == [1]
