import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.documents.ingest.text import clean_text, decode, flow, lines_of, soft_lines


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_what_postgres_cannot_hold_never_passes(text):
    cleaned = clean_text(text)
    cleaned.encode("utf-8")
    assert "\x00" not in cleaned


def test_ligatures_become_letters_and_marks_join_theirs():
    assert clean_text("\ufb01ne e\u0301") == "fine é"


def test_line_ends_of_every_kind_are_one_kind():
    assert clean_text("a\r\nb\rc\u2028d") == "a\nb\nc\nd"


def test_running_text_has_single_spaces():
    assert flow("  a \n\t b  ") == "a b"


def test_code_keeps_its_indent_and_loses_blank_lines():
    assert lines_of("\n  a\n\n\n    b  \n") == "  a\n    b"


def test_soft_lines_keep_breaks_only():
    assert soft_lines(" a   b \n\n c ") == "a b\nc"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfcaf\xc3\xa9", "café"),
        ("café".encode("utf-16"), "café"),
        (b"\xfe\xff" + "café".encode("utf-16-be"), "café"),
        (b"\xff\xfe\x00\x00" + "ab".encode("utf-32-le"), "ab"),
        ("café".encode(), "café"),
        (b"caf\xe9", "café"),
        (b"\x93quoted\x94", "“quoted”"),
        (b"caf\x8e", "café"),
        (bytes(range(32)) * 40, None),
    ],
)
def test_bytes_become_text_or_are_not_text(data, text):
    assert decode(data) == text


def test_a_declared_charset_is_believed_if_it_fits():
    assert decode("Привет".encode("cp1251"), "windows-1251") == "Привет"
    assert decode("Привет".encode(), "windows-1251") == "Привет"
    assert decode(b"caf\xe9", "no-such-charset") == "café"
