"""Bytes to text, and text to what Postgres and a reader can take."""

import re
import unicodedata

# PDF fonts often map a glyph for two letters to one of these; a search for "file" must find them.
_LIGATURES = str.maketrans(
    {
        "\ufb00": "ff",
        "\ufb01": "fi",
        "\ufb02": "fl",
        "\ufb03": "ffi",
        "\ufb04": "ffl",
        "\ufb05": "st",
        "\ufb06": "st",
    }
)
# NUL and lone surrogates cannot be stored at all; the other controls only do harm in a page.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n?|[\x85\u2028\u2029\x0b\x0c]")
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n{2,}")
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


def clean_text(text: str) -> str:
    """Return `text` in NFC with line ends as \\n and without what cannot be stored or shown."""
    text = _LINE_ENDS.sub("\n", text)
    text = _SURROGATES.sub("\ufffd", text)
    text = _CONTROLS.sub("", text).translate(_LIGATURES)
    return unicodedata.normalize("NFC", text)


def flow(text: str) -> str:
    """Return running text: clean, one space between words, line breaks as spaces."""
    return " ".join(clean_text(text).split())


def lines_of(text: str) -> str:
    """Return text whose lines matter: clean, trailing space and blank lines removed."""
    kept = (line.rstrip() for line in clean_text(text).expandtabs(4).split("\n"))
    return _BLANK_LINES.sub("\n", "\n".join(kept)).strip("\n")


def soft_lines(text: str) -> str:
    """Return text that keeps its line breaks but not its runs of spaces."""
    kept = (_SPACES.sub(" ", line).strip() for line in clean_text(text).split("\n"))
    return "\n".join(line for line in kept if line)


def decode(data: bytes, declared: str | None = None) -> str | None:
    """Return the text of `data`, or None if it is not text.

    A byte order mark wins; then UTF-8, which random bytes do not pass by chance; then what the
    file says of itself; then cp1252, the commonest of the rest.
    """
    for bom, marked in _BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(marked, errors="replace")
    if _looks_binary(data):
        return None
    for encoding in filter(None, ("utf-8", declared, "cp1252")):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    # cp1252 leaves five bytes unassigned: a legacy charset of another region. Latin-1 takes all.
    return data.decode("latin-1")


def _looks_binary(data: bytes) -> bool:
    head = data[:65536]
    return len(_BINARY.findall(head)) > 2 + len(head) // 200
