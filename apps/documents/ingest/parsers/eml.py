"""EML: a message's text after who wrote it to whom, its attachments as files of their own.

A page saved as MHTML is a message to this format; it is read as the page that it is.
"""

import binascii
import mimetypes
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

from apps.documents.errors import ContentTooLarge, EmptyFile, EncryptedFile, UnreadableFile
from apps.documents.ingest.limits import check_text
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.parsers.eml_headers import CUT_HEADERS, facts_of, file_name, header_text, raw_headers
from apps.documents.ingest.parsers.html_main import find_content
from apps.documents.ingest.parsers.html_tree import declared_charset, parse_tree
from apps.documents.ingest.parsers.html_walk import read_blocks
from apps.documents.ingest.parsers.mail import SMALL_PICTURE_BYTES, Letter, Tray, body_blocks
from apps.documents.ingest.parsers.smime import signed_message
from apps.documents.ingest.text import decode
from apps.documents.ingest.types import Block, Page, Parsed, Progress

_PARTS_MAX = 2000
_DEPTH_MAX = 60
_TOO_DEEP = "The parts of this message are nested too deeply to be read."
LOCKED = "This message is encrypted. Open it in your mail program and save it without encryption, or print it to PDF."
_SIGNATURES = ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-keys")
_ENVELOPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")
# Others that begin so are for programs: calendars, cards, styles.
_TEXTS = ("text/plain", "text/html", "text/enriched", "text/markdown", "text/x-markdown", "text/csv")
_STYLES = ("text/css", "text/javascript", "application/javascript")
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")


class EmlParser:
    name = "eml"
    version = 2

    def parse(self, path: Path, progress: Progress, desk: Desk = BARE) -> Parsed:
        message = _message(path)
        progress(0, 1)
        headers = raw_headers(message)
        is_page = "snapshot-content-location" in headers or headers.get("from", "").startswith("<Saved by ")
        # What a saved page shows and how it looks are no files of its own.
        reader = PartReader(Tray(None if is_page else desk.folder), progress)
        reader.read(message)
        letter = Letter(header_text(headers.get("subject", "")))
        if is_page:
            letter.blocks = reader.page_blocks()
        else:
            letter.facts = facts_of(headers)
            letter.blocks = reader.blocks()
        if reader.is_locked and not letter.blocks:
            raise EncryptedFile(LOCKED)
        blocks = letter.all_blocks()
        if not blocks:
            raise EmptyFile("There is no text in this message.")
        check_text(sum(len(block.text) for block in blocks))
        progress(1, 1)
        tray = reader.tray
        return Parsed(title=letter.subject, pages=[Page(None, blocks)], notes=tray.notes(), attachments=tray.attachments)


def _message(path: Path) -> Message:
    try:
        with path.open("rb") as file:
            return BytesParser(policy=CUT_HEADERS).parse(file)
    except RecursionError as error:
        raise ContentTooLarge(_TOO_DEEP) from error
    except (ValueError, TypeError, LookupError, AssertionError) as error:
        # The library's parser knows no bad mail, but has its bugs.
        raise UnreadableFile("This message is broken: it cannot be read.") from error


class PartReader:
    """Goes through the parts in order: text is collected, files are put on the tray."""

    def __init__(self, tray: Tray, progress: Progress) -> None:
        self.tray = tray
        self.is_locked = False
        self._progress = progress
        self._parts = 0
        # Pieces of the text, each as plain text and as HTML.
        self._bodies: list[tuple[str, str]] = []

    def blocks(self) -> list[Block]:
        return [block for plain, html in self._bodies for block in body_blocks(plain, html)]

    def page_blocks(self) -> list[Block]:
        """Return the content of a saved page: it is the first of its parts, the others are what it shows."""
        html = next((html for _plain, html in self._bodies if html.strip()), "")
        return read_blocks(*find_content(parse_tree(html))) if html else self.blocks()

    def read(self, part: Message, depth: int = 0) -> None:
        self._parts += 1
        if depth > _DEPTH_MAX:
            raise ContentTooLarge(_TOO_DEEP)
        if self._parts > _PARTS_MAX:
            self.tray.miss()
            return
        self._progress(0, 1)
        kind = part.get_content_type()
        signed = signed_message(_bytes(part)) if kind in _ENVELOPES else None
        if signed is not None:
            self.read(signed, depth + 1)
        elif kind == "message/rfc822":
            self._read_message(part)
        elif part.is_multipart():
            self._read_parts(part, kind, depth)
        elif (kind in _TEXTS or kind.startswith("multipart/")) and not self._is_file(part):
            text = _text(part, kind)
            self._bodies.append(("", text) if kind == "text/html" else (text, ""))
        else:
            self._read_file(part, kind)

    def _read_parts(self, part: Message, kind: str, depth: int) -> None:
        inner = _children(part)
        if kind == "multipart/encrypted":
            self.is_locked = True
        elif kind == "multipart/alternative":
            self._read_alternatives(inner, depth)
        else:
            for one in inner:
                self.read(one, depth + 1)

    def _read_alternatives(self, inner: list[Message], depth: int) -> None:
        """Make one text of the same said several times."""
        before = len(self._bodies)
        for one in inner:
            self.read(one, depth + 1)
        said = self._bodies[before:]
        plain = next((plain for plain, _html in said if plain.strip()), "")
        html = next((html for _plain, html in reversed(said) if html.strip()), "")
        self._bodies[before:] = [(plain, html)] if plain or html else []

    def _is_file(self, part: Message) -> bool:
        """Tell a file from a piece of the text: the first text is no file unless it says so, whatever name it has."""
        if part.get_content_disposition() == "attachment":
            return True
        return bool(file_name(part)) and (bool(self._bodies) or part.get_content_type() not in ("text/plain", "text/html"))

    def _read_message(self, part: Message) -> None:
        """Keep a message within the message as a file: it is a document of its own."""
        inner = _children(part)
        if not inner:
            return
        try:
            data = inner[0].as_bytes()
        except (RecursionError, ValueError, TypeError, LookupError, AttributeError):
            self.tray.miss()
            return
        subject = header_text(raw_headers(inner[0]).get("subject", "")).replace("/", " ")
        self.tray.put(f"{subject or 'Message'}.eml", data)

    def _read_file(self, part: Message, kind: str) -> None:
        name = file_name(part)
        if kind in _TNEF or name.lower() == "winmail.dat":
            self.tray.pass_over_packed()
        elif kind in _ENVELOPES and part.get_param("smime-type") != "signed-data":
            self.is_locked = True
        elif kind not in _SIGNATURES and kind not in _STYLES and kind != "application/pgp-encrypted":
            data = _bytes(part)
            is_shown = part.get_content_disposition() == "inline" or part.get("Content-ID") is not None
            if not (kind.startswith("image/") and is_shown and len(data) < SMALL_PICTURE_BYTES):
                suffix = "" if name else mimetypes.guess_extension(kind) or ""
                self.tray.put(name or (f"attachment{suffix}" if suffix else ""), data)


def _children(part: Message) -> list[Message]:
    inner = part.get_payload()
    return [one for one in inner if isinstance(one, Message)] if isinstance(inner, list) else []


def _bytes(part: Message) -> bytes:
    try:
        data = part.get_payload(decode=True)
    except (ValueError, binascii.Error, LookupError, TypeError, AssertionError):
        return b""
    return data if isinstance(data, bytes) else b""


def _text(part: Message, kind: str) -> str:
    data = _bytes(part)
    charset = part.get_param("charset")
    declared = charset if isinstance(charset, str) else None
    if kind == "text/html":
        declared = declared or declared_charset(data)
    text = decode(data, declared) or ""
    check_text(len(text))
    return _unflowed(text, part) if part.get_param("format") == "flowed" else text


def _unflowed(text: str, part: Message) -> str:
    """Join lines that end in a space: a program broke them (RFC 3676)."""
    lines: list[str] = []
    is_open = False
    joint = "" if str(part.get_param("delsp")).lower() == "yes" else " "
    for line in text.replace("\r\n", "\n").split("\n"):
        if is_open and not line.startswith(">") and line != "-- ":
            lines[-1] = lines[-1].rstrip(" ") + joint + line.removeprefix(" ")
        else:
            lines.append(line.removeprefix(" ") if not line.startswith("  ") else line)
        is_open = line.endswith(" ") and line != "-- " and not line.startswith(">")
    return "\n".join(lines)
