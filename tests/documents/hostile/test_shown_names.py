"""What a file is called is shown to people: nothing in it may be invisible, turn text around, or be no letter at all."""

import pytest

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
