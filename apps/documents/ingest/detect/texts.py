"""Texts: mail, web pages, tables, Markdown, and all others, told by how they begin and how their lines are made."""

import csv
import re
from collections import Counter

from apps.documents.ingest.detect.refusals import unsupported
from apps.documents.types import Kind

_BEGINNING = 4096
_MARKDOWN_NAMES = (".md", ".markdown", ".mdown", ".mkd")
_TABLE_NAMES = (".csv", ".tsv", ".tab")
_HTML = re.compile(r"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_HTML_PART = re.compile(r"\s*<(?:div|p|h[1-6]|table|article|section|ul|ol|main|title|meta|font|center)(?:\s[^<>]*)?>[^<]*<", re.IGNORECASE)
_XML = re.compile(r"\s*<(?:\?xml|!--|!DOCTYPE|[a-zA-Z])", re.IGNORECASE)
_XML_ROOT = re.compile(r"<(?![?!])([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[^<>]*>")
_MARKDOWN_SIGNS = (
    re.compile(r"^#{1,6} \S", re.MULTILINE),
    re.compile(r"^(?:[*+-]|\d+\.) \S", re.MULTILINE),
    re.compile(r"^(?:```|~~~)", re.MULTILINE),
    re.compile(r"\[[^\[\]\n]{1,200}\]\([^()\s]{1,400}\)"),
    re.compile(r"^\|.+\|\s*\n\|[ :|-]+\|", re.MULTILINE),
    re.compile(r"\*\*\S[^*\n]{0,200}\*\*"),
)
_HEADER = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,60})[ \t]*:")
_MBOX = re.compile(r"\n\r?\n\r?From \S+[^\n]*\d{4}\r?\n[A-Z][A-Za-z-]*: ")
# What only the programs write that carry mail.
_POSTMARK_NAMES = "received return-path message-id mime-version delivered-to dkim-signature x-mailer content-transfer-encoding"
_HEADER_NAMES = "from to cc bcc subject date reply-to sender content-type content-disposition user-agent importance in-reply-to references"
_POSTMARKS = frozenset(_POSTMARK_NAMES.split())
_HEADERS = _POSTMARKS | frozenset(_HEADER_NAMES.split())
_HEADER_LINES_MAX = 300
# Excel's own first line of a table.
_SAID_TABLE = re.compile(r"sep=.\s*", re.IGNORECASE)
_DELIMITERS = ",;\t|"
_ROWS_LOOKED_AT = 60
_TERSE_CHARS = 15


def text_kind(text: str, name: str, *, is_whole: bool) -> Kind:
    """Return the kind of a text by its head, `is_whole` if that is all of it; raise `UnsupportedType` for drawings and the like."""
    text = text.lstrip("\ufeff")
    name = name.lower()
    mail = _is_mail(text, is_named=name.endswith((".eml", ".mht", ".mhtml")))
    if mail:
        if _MBOX.search(text):
            raise unsupported("a mailbox with several messages (MBOX)", "Export its messages as EML files and upload these.")
        return Kind.EML
    if name.endswith(_MARKDOWN_NAMES):
        return Kind.MARKDOWN
    markup = _markup_kind(text)
    if markup is not None:
        return markup
    if _is_table(text, is_named=name.endswith(_TABLE_NAMES), is_whole=is_whole):
        return Kind.CSV
    signs = sum(1 for sign in _MARKDOWN_SIGNS if sign.search(text))
    return Kind.MARKDOWN if signs >= 2 else Kind.TEXT


def _markup_kind(text: str) -> Kind | None:
    if _HTML.search(text[:_BEGINNING]) and text.lstrip().startswith("<"):
        return Kind.HTML
    if _XML.match(text):
        _refuse_xml(text[:_BEGINNING])
        if _HTML_PART.match(text):
            return Kind.HTML
    # A page may begin with loose words; a text that shows a tag or two is not a page.
    return Kind.HTML if len(_HTML.findall(text[:_BEGINNING])) >= 2 else None


def _refuse_xml(beginning: str) -> None:
    root = _XML_ROOT.search(beginning)
    prefix, local = ((root[1] or "").rstrip(":"), root[2].lower()) if root else ("", "")
    if local == "svg":
        raise unsupported("an SVG drawing", "Open it in its own program and save it as PDF or PNG.")
    if prefix == "office" and local == "document":
        raise unsupported("a flat OpenDocument file", "Open it in LibreOffice and save it as ODT, ODS or ODP.")
    if 'progid="Word.Document"' in beginning or local == "worddocument":
        raise unsupported("a Word file in XML", "Open it in Word or LibreOffice and save it as DOCX.")
    if 'progid="Excel.Sheet"' in beginning:
        raise unsupported("an Excel file in XML", "Open it in Excel or LibreOffice and save it as XLSX.")


def _is_mail(text: str, *, is_named: bool) -> bool:
    """Tell a message by its header: known names one after the other, from the first line on, at least one by a mail program."""
    names: list[str] = []
    lines = text.lstrip("\r\n").split("\n", _HEADER_LINES_MAX)[:_HEADER_LINES_MAX]
    if lines and lines[0].startswith(("From ", ">From ")):
        lines = lines[1:]
    for line in lines:
        if not line.strip():
            break
        found = _HEADER.match(line)
        if found is not None:
            names.append(found[1].lower())
        elif line[0] not in " \t" or not names:
            return False
    return _are_headers(set(names), is_named=is_named)


def _are_headers(names: set[str], *, is_named: bool) -> bool:
    known = names & _HEADERS
    own = {name for name in names if not name.startswith(("x-", "arc-"))}
    if len(known) * 2 < len(own):
        # Mail that passed many machines has headers that nobody knows.
        return bool(known & _POSTMARKS) and len(known) >= 4
    if is_named:
        return len(known) >= 2
    if known & _POSTMARKS and len(known) >= 3:
        return True
    return "from" in known and len(known & {"to", "subject", "date"}) >= 2


def _is_table(text: str, *, is_named: bool, is_whole: bool) -> bool:
    """Tell a table by its lines: as many cells in each. With the name of one, a text with any cells at all."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not is_whole and len(lines) > 1:
        lines.pop()
    lines = lines[:_ROWS_LOOKED_AT]
    if is_named or (lines and _SAID_TABLE.fullmatch(lines[0])):
        return bool(lines)
    if len(lines) < 3:
        return False
    return any(_are_rows(lines, delimiter) for delimiter in _DELIMITERS)


def _are_rows(lines: list[str], delimiter: str) -> bool:
    try:
        rows = [row for row in csv.reader(lines, delimiter=delimiter, strict=True) if row]
    except csv.Error:
        return False
    (columns, count), *_ = Counter(map(len, rows)).most_common(1)
    # Prose has commas, too, but not as many in each line, and a space after each.
    least = 2 if delimiter == "\t" else 3
    if columns < least or count * 20 < len(rows) * 19 or len(rows) < 3:
        return False
    cells = [cell for row in rows for cell in row[1:]]
    is_spaced = sum(1 for cell in cells if cell.startswith(" ")) * 2 >= len(cells)
    is_terse = sum(map(len, cells)) <= _TERSE_CHARS * len(cells)
    return delimiter in "\t|" or not is_spaced or (columns > 4 and is_terse)
