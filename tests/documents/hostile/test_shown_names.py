"""What a file is called is shown to people: nothing in it may be invisible, turn text around, or be no letter at all."""

import unicodedata

import pytest

from apps.documents.services import originals
from apps.documents.services.originals import safe_name, safe_path

HIDDEN = {
    "soft hyphen": "\u00ad",
    "arabic letter mark": "\u061c",
    "hangul fillers": "\u115f\u1160\u3164\uffa0",
    "khmer vowels without a shape": "\u17b4\u17b5",
    "mongolian separator": "\u180e",
    "words without width": "\u200b\u2060\ufeff",
    "turned around": "\u202e\u2066",
    "notes between lines": "\ufff9\ufffa\ufffb",
    "no characters": "\ufdd0\ufffe\uffff\U0001fffe\U0010ffff",
    "tags": "\U000e0041\U000e007f",
    "halves": "\ud800\udfff",
    "controls": "\x00\x1b\x7f\x9f",
}


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN.keys())
def test_what_cannot_be_seen_is_in_no_name(hidden):
    assert safe_name(f"{hidden}in{hidden}voice{hidden}.pdf") == "invoice.pdf"
    assert safe_name(hidden) == "document"


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN.keys())
def test_two_paths_that_look_alike_stay_two(hidden):
    shown, mark = safe_path(f"box/{hidden}invoice.pdf").split("~")
    assert (shown, len(mark)) == ("box/invoice.pdf", 12)
    assert safe_path("box/invoice.pdf") == "box/invoice.pdf"


@pytest.mark.parametrize("name", ["Geschäft.pdf", "شيكاغو.txt", "👩‍👩‍👧.txt", "❤️.txt", "नमस्ते.txt"])
def test_what_people_write_stays(name):
    assert safe_name(name).replace("\u200d", "") == name.replace("\u200d", "")


MARKS = "\u0301\u0323" * 100_000


@pytest.fixture
def ordered(monkeypatch):
    """How long the texts were whose marks were put in order, which takes the square of their length."""
    lengths = []

    class Counted:
        @staticmethod
        def normalize(form, text):
            lengths.append(len(text))
            return unicodedata.normalize(form, text)

    monkeypatch.setattr(originals, "unicodedata", Counted)
    return lengths


def test_a_name_of_a_hundred_thousand_marks_holds_nobody_up(ordered):
    assert safe_name(f"a{MARKS}.txt").endswith(".txt")
    paths = {safe_path(f"box/a{MARKS}{end}.txt") for end in ("1", "2")} | {safe_path(f"bag/a{MARKS}1.txt")}
    assert len(paths) == 3
    assert sum(ordered) < 20_000


@pytest.mark.django_db
def test_a_form_that_says_such_a_path_is_taken(alice, acme, client_for, hints, rung, ordered):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from apps.documents.models import Document

    answer = client_for(alice).post("/w/acme/library/upload/", {"file": SimpleUploadedFile("a.txt", b"Words."), "path": f"box/{MARKS}/a.txt"})
    assert answer.status_code == 302
    assert len(Document.objects.get().source_path) <= 1000
    assert sum(ordered) < 20_000
