"""Bytes to text, and text to what Postgres and a reader can take."""

import re
import unicodedata

from apps.documents.ingest.charset import guess_charset

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
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_ESCAPE = re.compile(rb"\x1b\$[@B]|\x1b\(J|\x1b\$\)C")
# Unassigned, private, half a pair, control.
_ODD_CATEGORIES = frozenset(["Cn", "Co", "Cs", "Cc"])
_UNICODE_HEAD = 4096
_UNMARKED = (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2))
# Letters of other charsets hardly ever are UTF-8 by chance.
_WHOLE_FOR_BROKEN = 8
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

    A byte order mark wins; then UTF-8, which other bytes do not pass by chance; then what the file says of itself, where
    it fits; then what the letters look like (`charset.py`). Bytes that are broken become U+FFFD.
    """
    marked = _marked(data)
    if marked is not None:
        return marked
    unmarked = _unmarked_unicode(data)
    if unmarked is not None:
        return unmarked
    escaped = _escaped(data)
    if escaped is not None:
        return escaped
    if looks_binary(data):
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    mended = _mended_utf8(data)
    if mended is not None:
        return mended
    name = guess_charset(data, declared)
    try:
        return data.decode(name)
    except (UnicodeDecodeError, ValueError):
        return data.decode(name, errors="replace")


def decode_roughly(data: bytes) -> str | None:
    """Return text whose ASCII is right, or None if it is not text: enough to see what a file is, and cheap."""
    text = _marked(data) or _unmarked_unicode(data)
    if text is not None:
        return text
    return None if looks_binary(data) else data.decode("utf-8", errors="replace")


def looks_binary(data: bytes) -> bool:
    head = data[:65536]
    return len(_BINARY.findall(head)) > 2 + len(head) // 200


def _marked(data: bytes) -> str | None:
    for bom, name in _BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(name, errors="replace")
    return None


def _unmarked_unicode(data: bytes) -> str | None:
    """Return the text of UTF-16 or UTF-32 without a mark: no other text has NULs, and those in one place of each letter."""
    head = data[:_UNICODE_HEAD]
    if b"\x00" not in head:
        return None
    samples = {name: _whole_units(head, name, width) for name, width in _UNMARKED}
    written = {name: text for name, text in samples.items() if text and _is_written(text)}
    if not written:
        return None
    # Read the wrong way round, ASCII looks like Chinese.
    best = max(written, key=lambda name: sum(1 for letter in written[name] if letter < "\x80") / len(written[name]))
    return data.decode(best, errors="replace")


def _whole_units(head: bytes, name: str, width: int) -> str | None:
    try:
        return head[: len(head) - len(head) % width].decode(name)
    except UnicodeDecodeError as error:
        # A pair of surrogates may be cut at the end of the head.
        return head[: error.start].decode(name) if error.start >= max(4, len(head) - 4) else None


def _is_written(sample: str) -> bool:
    """Tell whether this can be what somebody wrote: hardly anything unassigned or private, and of few scripts."""
    odd = sum(1 for letter in sample if unicodedata.category(letter) in _ODD_CATEGORIES and letter not in "\t\n\r\f\ufeff")
    scripts = {_script(ord(letter)) for letter in sample}
    return odd * 100 <= len(sample) and len(scripts) * 2 <= max(8, len(sample) // 2)


def _script(code: int) -> int:
    """Return what stands for a script: the block of 256, or the first of the large ones."""
    if 0x3400 <= code < 0xA000:
        return 0x34
    return 0xAC if 0xAC00 <= code < 0xD800 else code >> 8


def _escaped(data: bytes) -> str | None:
    """Return the text of charsets that change by escapes and stay within ASCII, as Japanese and Korean mail does."""
    found = _ESCAPE.search(data[:65536])
    if found is None:
        return None
    try:
        return data.decode("iso2022_kr" if found[0] == b"\x1b$)C" else "iso2022_jp_ext")
    except UnicodeDecodeError:
        return None


def _mended_utf8(data: bytes) -> str | None:
    """Return UTF-8 with a few broken bytes in it (a cut, a copy from elsewhere), None if it is something else."""
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    whole = sum(1 for _ in _NOT_ASCII.finditer(text)) - broken
    return text if whole >= broken * _WHOLE_FOR_BROKEN else None
