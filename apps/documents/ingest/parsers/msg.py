"""MSG, Outlook's own messages: read as EML is, with the same names for the same things.

A message within becomes an EML of its own; what stands only in Outlook's packed text is unpacked.
"""

from email.header import Header
from email.message import Message
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.parser import BytesParser, HeaderParser
from email.utils import format_datetime
from pathlib import Path

from apps.documents.errors import EmptyFile, EncryptedFile, FileRefused
from apps.documents.ingest.limits import check_text
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.parsers.eml import LOCKED, PartReader
from apps.documents.ingest.parsers.eml_headers import CUT_HEADERS, facts_of, raw_headers, shown_date
from apps.documents.ingest.parsers.html_tree import declared_charset
from apps.documents.ingest.parsers.mail import SMALL_PICTURE_BYTES, Letter, Tray, body_blocks, joined
from apps.documents.ingest.parsers.msg_rtf import rtf_text
from apps.documents.ingest.parsers.msg_store import Node, code_page_name, open_message
from apps.documents.ingest.text import decode, flow
from apps.documents.ingest.types import Block, Page, Parsed, Progress

_SUBJECT, _BODY, _HTML, _RTF, _HEADERS, _CLASS = 0x0037, 0x1000, 0x1013, 0x1009, 0x007D, 0x001A
_SENDER, _SENDER_SMTP, _SENDER_ADDRESS, _SENT_FOR = 0x0C1A, 0x5D01, 0x0C1F, 0x0042
_SHOWN_TO, _SHOWN_CC, _SENT, _DELIVERED = 0x0E04, 0x0E03, 0x0039, 0x0E06
_NAME, _SMTP, _ADDRESS, _RECIPIENT_KIND = 0x3001, 0x39FE, 0x3003, 0x0C15
_LONG_NAME, _SHORT_NAME, _DATA, _MIME, _CONTENT_ID = 0x3707, 0x3704, 0x3701, 0x370E, 0x3712
_BODY_CODE_PAGE = 0x3FDE
_RECIPIENTS, _ATTACHMENTS = "__recip_version1.0_", "__attach_version1.0_"
_TO, _CC = 1, 2
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".emf", ".wmz")
_DEPTH_MAX = 8


class MsgParser:
    name = "msg"
    version = 2

    def parse(self, path: Path, progress: Progress, desk: Desk = BARE) -> Parsed:
        message = open_message(path)
        progress(0, 1)
        tray = Tray(desk.folder)
        letter = Letter(flow(message.text(_SUBJECT)), _facts(message))
        signed = _signed(message)
        if signed is not None:
            reader = PartReader(tray, progress)
            reader.read(signed)
            letter.blocks = reader.blocks()
        else:
            letter.blocks = _blocks(message)
            for attachment in message.parts(_ATTACHMENTS):
                progress(0, 1)
                _keep(attachment, tray)
        if not letter.blocks and "SMIME" in message.text(_CLASS).upper():
            raise EncryptedFile(LOCKED)
        blocks = letter.all_blocks()
        if not blocks:
            raise EmptyFile("There is no text in this message.")
        check_text(sum(len(block.text) for block in blocks))
        progress(1, 1)
        return Parsed(title=letter.subject, pages=[Page(None, blocks)], notes=tray.notes(), attachments=tray.attachments)


def _facts(message: Node) -> list[tuple[str, str]]:
    """Return From, To, Cc and Date: of the headers that it came with, else of what Outlook keeps."""
    found = dict(facts_of(raw_headers(HeaderParser(policy=CUT_HEADERS).parsestr(message.text(_HEADERS)))))
    sent = message.time(_SENT) or message.time(_DELIVERED)
    kept = {
        "From": _sender(message),
        "To": _people(message, _TO) or flow(message.text(_SHOWN_TO)),
        "Cc": _people(message, _CC) or flow(message.text(_SHOWN_CC)),
        "Date": shown_date(format_datetime(sent)) if sent else "",
    }
    return [(name, found.get(name) or value) for name, value in kept.items() if found.get(name) or value]


def _sender(message: Node) -> str:
    name = flow(message.text(_SENDER) or message.text(_SENT_FOR))
    return _person(name, message.text(_SENDER_SMTP) or message.text(_SENDER_ADDRESS))


def _people(message: Node, kind: int) -> str:
    people = (one for one in message.parts(_RECIPIENTS) if (one.number(_RECIPIENT_KIND) or 0) & 0xF == kind)
    return joined([_person(one.text(_NAME), one.text(_SMTP) or one.text(_ADDRESS)) for one in people])


def _person(name: str, address: str) -> str:
    # Addresses of Exchange are no addresses to people.
    address = flow(address) if "@" in address else ""
    name = flow(name)
    return f"{name} <{address}>" if name and address and name != address else name or address


def _blocks(message: Node) -> list[Block]:
    return body_blocks(*_bodies(message))


def _bodies(message: Node) -> tuple[str, str]:
    """Return the text and the HTML of a message; what it has as packed RTF only counts as text."""
    data = message.data(_HTML).rstrip(b"\x00")
    html = message.text(_HTML)
    if data:
        html = decode(data, code_page_name(message.number(_BODY_CODE_PAGE)) or declared_charset(data)) or ""
    plain = message.text(_BODY)
    if not plain.strip() and not html.strip():
        plain = rtf_text(message.data(_RTF))
    check_text(len(plain))
    check_text(len(html))
    return plain, html


def _signed(message: Node) -> Message | None:
    """Return what a signed message holds: Outlook keeps all of it as one attachment."""
    if not message.text(_CLASS).upper().endswith("SMIME.MULTIPARTSIGNED"):
        return None
    data = next((one.data(_DATA) for one in message.parts(_ATTACHMENTS)), b"")
    try:
        return BytesParser(policy=CUT_HEADERS).parsebytes(data) if data else None
    except (RecursionError, ValueError, TypeError, LookupError, AssertionError):
        return None


def _keep(attachment: Node, tray: Tray) -> None:
    inner = attachment.message()
    name = attachment.text(_LONG_NAME) or attachment.text(_SHORT_NAME) or attachment.text(_NAME)
    if inner is not None:
        try:
            data = _as_eml(inner).as_bytes()
        except (FileRefused, RecursionError, ValueError, TypeError, LookupError):
            tray.miss()
            return
        tray.put(f"{flow(inner.text(_SUBJECT)).replace('/', ' ') or 'Message'}.eml", data)
        return
    data = attachment.data(_DATA)
    if name.lower() == "winmail.dat":
        tray.pass_over_packed()
    elif not data:
        # A link to a file elsewhere, or an object that only its program opens.
        tray.miss()
    elif not (attachment.text(_CONTENT_ID) and len(data) < SMALL_PICTURE_BYTES and _is_picture(attachment, name)):
        tray.put(name, data)


def _is_picture(attachment: Node, name: str) -> bool:
    return attachment.text(_MIME).startswith("image/") or name.lower().endswith(_PICTURES)


def _as_eml(message: Node, depth: int = 0) -> Message:
    """Return a message within as one of the open format, with the files in it."""
    eml = MIMEMultipart()
    for name, value in [("Subject", flow(message.text(_SUBJECT))), *_facts(message)]:
        if name != "Date" and value:
            eml[name] = value if value.isascii() else Header(value, "utf-8").encode()
    sent = message.time(_SENT) or message.time(_DELIVERED)
    if sent is not None:
        eml["Date"] = format_datetime(sent)
    plain, html = _bodies(message)
    text = MIMEMultipart("alternative")
    text.attach(MIMEText(plain, "plain", "utf-8"))
    if html.strip():
        text.attach(MIMEText(html, "html", "utf-8"))
    eml.attach(text)
    for attachment in message.parts(_ATTACHMENTS):
        inner = attachment.message()
        part: Message
        if inner is not None and depth < _DEPTH_MAX:
            part = Message()
            part["Content-Type"] = "message/rfc822"
            part.set_payload([_as_eml(inner, depth + 1)])
        else:
            part = MIMEApplication(attachment.data(_DATA))
            part.add_header("Content-Disposition", "attachment", filename=("utf-8", "", flow(attachment.text(_LONG_NAME) or attachment.text(_SHORT_NAME))))
        eml.attach(part)
    return eml
