import base64
import time
from email.message import EmailMessage

import pytest

from apps.documents.errors import FileRefused
from apps.documents.ingest.parsers import mail
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.parsers.eml import EmlParser
from apps.documents.ingest.parsers.mail import Tray, shown_name
from tests.documents.files import LONG, write

HEAD = "From: Ada <ada@example.org>\r\nTo: Bob <bob@example.org>\r\nSubject: Paper\r\nDate: Sat, 21 Nov 2026 20:57:00 +0100\r\nMIME-Version: 1.0\r\n"


def silent(done: int, total: int) -> None:
    """No page is waiting for this."""


def parse(tmp_path, data: bytes | str, *, has_desk: bool = True):
    folder = tmp_path / "desk"
    folder.mkdir(exist_ok=True)
    return EmlParser().parse(write(tmp_path, data), silent, Desk(folder) if has_desk else BARE)


def texts(tmp_path, data: bytes | str) -> list[str]:
    """The text without the block that says who wrote it."""
    blocks = [block.text for block in parse(tmp_path, data).pages[0].blocks]
    return [text for text in blocks if not text.startswith("From: ")]


def part(kind: str, body: str, *headers: str) -> str:
    return "\r\n".join((f"Content-Type: {kind}", *headers, "", body, ""))


def many(*parts: str, kind: str = "mixed", border: str = "b") -> str:
    return f'Content-Type: multipart/{kind}; boundary="{border}"\r\n\r\n' + "".join(f"--{border}\r\n{one}" for one in parts) + f"--{border}--\r\n"


def letter(text: str = "Hello.") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Subject"] = "Ada <ada@example.org>", "Paper"
    message.set_content(text)
    return message


def test_who_wrote_to_whom_comes_first_and_then_the_text(tmp_path):
    parsed = parse(tmp_path, HEAD + "Cc: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r\n\r\nDear Bob,\r\n\r\nPaper is here.\r\n")
    assert parsed.title == "Paper"
    assert [block.text for block in parsed.pages[0].blocks] == [
        "From: Ada <ada@example.org>\nTo: Bob <bob@example.org>\nCc: Jürgen <j@example.org>\nDate: 21 November 2026, 20:57 (UTC+0100)\nSubject: Paper",
        "Dear Bob,",
        "Paper is here.",
    ]


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("=?iso-8859-1?Q?Gr=FC=DFe?=", "Grüße"),
        ("=?utf-8?B?5p2x5Lqs?= =?utf-8?B?44Gu?=", "東京の"),
        ("=?gb2312?B?1tDOxA==?=", "中文"),
        ("=?utf-8?B?not base64!?=", None),
        ("=?no-such?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("Grüße", "Grüße"),
        ("a\r\n b\r\n\tc", "a b c"),
        ("", ""),
    ],
)
def test_a_subject_is_read_in_any_charset(tmp_path, raw, title):
    found = parse(tmp_path, f"From: a\r\nSubject: {raw}\r\n\r\nWords.").title
    assert title is None or found == title


def test_a_subject_of_bytes_without_a_word_about_them_is_told(tmp_path):
    data = "From: a\r\nSubject: Съешь же ещё этих булок\r\n\r\nWords.".encode("koi8-r")
    assert parse(tmp_path, data).title == "Съешь же ещё этих булок"


@pytest.mark.parametrize(
    ("date", "shown"),
    [("Sat, 21 Nov 2026 20:57:00 -0000", "21 November 2026, 20:57"), ("yesterday", "yesterday"), ("Sat, 99 Nov 2026 20:57:00", "Sat, 99 Nov 2026 20:57:00")],
)
def test_a_date_is_said_as_people_do_or_left_as_it_is(tmp_path, date, shown):
    assert parse(tmp_path, f"Date: {date}\r\n\r\nWords.").pages[0].blocks[0].text == f"Date: {shown}"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (many(part("text/plain", "Plain."), part("text/html", "<p>Rich.</p>"), kind="alternative"), ["Plain."]),
        (many(part("text/plain", " "), part("text/html", "<h1>Rich</h1><p>Text.</p>"), kind="alternative"), ["Rich", "Text."]),
        (many(part("text/plain", "See the HTML."), part("text/html", f"<p>{LONG * 5}</p>"), kind="alternative"), [(LONG * 5).strip()]),
        (many(part("text/plain", "One."), part("text/plain", "Two."), part("text/html", "<p>Three.")), ["One.", "Two.", "Three."]),
        (many(many(part("text/html", "<p>In a related part.</p>"), kind="related", border="c"), kind="alternative"), ["In a related part."]),
        (many(part("text/plain", "Signed."), part("application/pgp-signature", "xx"), kind="signed"), ["Signed."]),
        (part("text/plain; charset=iso-8859-1", "Gr=FC=DFe", "Content-Transfer-Encoding: quoted-printable"), ["Grüße"]),
        (part("text/plain; charset=utf-8", "R3LDvMOfZQ==", "Content-Transfer-Encoding: base64"), ["Grüße"]),
        (part("text/plain; charset=nonsense", "Grüße"), ["Grüße"]),
        (part('text/plain; charset="us-ascii"', "Grüße"), ["Grüße"]),
        (part("text/html", "<meta charset=utf-8><p>Grüße <script>x</script><img src='http://127.0.0.1:9/x.png'></p>"), ["Grüße"]),
        (part("text/plain; format=flowed", "A line that \r\ngoes on.\r\n  Set.\r\n> quoted \r\n-- \r\nAda"), ["A line that goes on.\nSet.\n> quoted\n--\nAda"]),
        (part("text/plain; format=flowed; delsp=yes", "to \r\ngether"), ["together"]),
        (part("text/plain", "R3LDvMO", "Content-Transfer-Encoding: base64"), None),
        (part("text/plain", "%%%%", "Content-Transfer-Encoding: x-uuencode"), None),
        (part("text/html", "<!-- nothing -->"), []),
        ("Content-Type: multipart/mixed\r\n\r\nNo border at all.", ["No border at all."]),
    ],
)
def test_the_text_is_found_in_every_shape(tmp_path, body, found):
    assert found is None or texts(tmp_path, HEAD + body) == found
    assert parse(tmp_path, HEAD + body).pages


def test_attachments_are_files_with_names_of_our_own(tmp_path):
    message = letter()
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="../../Brief für Dich.pdf")
    message.add_attachment("a,b", filename="C:\\Users\\ada\\table.csv")
    message.add_attachment(b"data", maintype="application", subtype="pdf")
    message.add_attachment(letter("Inner."))
    parsed = parse(tmp_path, message.as_bytes())
    assert [(one.name, one.path.name) for one in parsed.attachments] == [
        ("Brief für Dich.pdf", "attachment-001"),
        ("table.csv", "attachment-002"),
        ("attachment.pdf", "attachment-003"),
        ("Paper.eml", "attachment-004"),
    ]
    assert {one.path.parent for one in parsed.attachments} == {tmp_path / "desk"}
    assert parsed.attachments[0].path.read_bytes() == b"%PDF-1.4"
    assert parse(tmp_path, parsed.attachments[3].path.read_bytes()).pages[0].blocks[-1].text == "Inner."
    assert parsed.notes == []


def test_texts_for_programs_are_no_text_of_the_message(tmp_path):
    body = many(
        part("text/html", "<p>Come."), part("text/css", "p {}"), part('text/calendar; name="invite.ics"', "BEGIN:VCALENDAR"), part("text/rtf", "{\\rtf1 x}")
    )
    parsed = parse(tmp_path, HEAD + body)
    assert parsed.pages[0].blocks[-1].text == "Come."
    assert [one.name for one in parsed.attachments] == ["invite.ics", "attachment 2"]


def test_without_a_desk_there_are_none(tmp_path):
    message = letter()
    message.add_attachment(b"data", maintype="application", subtype="pdf", filename="a.pdf")
    assert parse(tmp_path, message.as_bytes(), has_desk=False).attachments == []


def test_small_pictures_in_the_text_are_left_out_and_large_ones_kept(tmp_path):
    message = letter()
    message.add_attachment(b"x" * 100, maintype="image", subtype="png", filename="logo.png", disposition="inline")
    message.add_attachment(b"x" * 100, maintype="image", subtype="png", filename="cid.png", cid="<a@b>")
    message.add_attachment(b"x" * 30_000, maintype="image", subtype="png", filename="scan.png", disposition="inline")
    message.add_attachment(b"x" * 100, maintype="image", subtype="png", filename="photo.png")
    assert [one.name for one in parse(tmp_path, message.as_bytes()).attachments] == ["scan.png", "photo.png"]


def test_a_named_text_after_the_first_is_a_file(tmp_path):
    body = many(part('text/plain; name="body.txt"', "The text."), part('text/plain; name="notes.txt"', "The notes."))
    parsed = parse(tmp_path, HEAD + body)
    assert [one.name for one in parsed.attachments] == ["notes.txt"]
    assert parsed.pages[0].blocks[-1].text == "The text."


def test_what_was_left_out_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(mail, "MAX_ATTACHMENTS", 2)
    message = letter()
    for number in range(4):
        message.add_attachment(b"data", maintype="application", subtype="pdf", filename=f"{number}.pdf")
    message.add_attachment(b"data", maintype="application", subtype="ms-tnef", filename="winmail.dat")
    parsed = parse(tmp_path, message.as_bytes())
    assert len(parsed.attachments) == 2
    assert parsed.notes[0].startswith("2 attachments were left out: Quire takes up to 2")
    assert "winmail.dat" in parsed.notes[1]


def test_attachments_that_are_too_much_together_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(mail, "MAX_ATTACHMENTS_BYTES", 5)
    message = letter()
    message.add_attachment(b"data", maintype="application", subtype="pdf", filename="a.pdf")
    message.add_attachment(b"data", maintype="application", subtype="pdf", filename="b.pdf")
    parsed = parse(tmp_path, message.as_bytes())
    assert [one.name for one in parsed.attachments] == ["a.pdf"]
    assert parsed.notes == ["1 attachment was left out: Quire takes up to 50 from one message, 0 MB in all."]


@pytest.mark.parametrize(
    "body",
    [
        many(part("application/pgp-encrypted", "Version: 1"), part("application/octet-stream", "xx"), kind="encrypted"),
        part("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", base64.b64encode(b"x").decode(), "Content-Transfer-Encoding: base64"),
    ],
)
def test_an_encrypted_message_is_refused_as_such(tmp_path, body):
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, HEAD + body)
    assert caught.value.reason == "encrypted"


def test_a_saved_page_is_read_as_the_page_it_is(tmp_path):
    page = f"<html><body><nav>Menu</nav><main><h1>Paper</h1><p>{LONG}</p></main></body></html>"
    body = "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://example.org/\r\nSubject: Paper\r\nMIME-Version: 1.0\r\n"
    shown = part("image/png", "x" * 30_000, "Content-Location: y")
    parsed = parse(tmp_path, body + many(part("text/html", page), part("text/css", "p {}", "Content-Location: x"), shown, kind="related"))
    assert parsed.attachments == []
    assert (parsed.title, [block.text for block in parsed.pages[0].blocks]) == ("Paper", ["Paper", LONG.strip()])
    assert parse(tmp_path, body + many(part("text/plain", "No page."), kind="related")).pages[0].text == "No page."


def test_a_message_without_a_word_is_empty(tmp_path):
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, "MIME-Version: 1.0\r\n\r\n")
    assert caught.value.reason == "empty"


def test_ten_thousand_headers_are_read_at_once(tmp_path):
    flood = "".join(f"X-H{n}: " + "a;" * 50 + "\r\n" for n in range(10_000))
    assert parse(tmp_path, HEAD + flood + "\r\nWords.").pages[0].blocks[-1].text == "Words."
    address = ", ".join(f'"Name (the {n})" <a{n}@example.org>' for n in range(20_000))
    parsed = parse(tmp_path, f"From: a@b\r\nTo: {address}\r\nContent-Type: text/plain" + "; a=b" * 20_000 + "\r\n\r\nWords.")
    assert len(parsed.pages[0].text) < 5000


def test_a_header_made_to_be_slow_is_cut(tmp_path):
    started = time.process_time()
    parse(tmp_path, HEAD + 'Content-Type: multipart/mixed; a="' + ";" * 400_000 + "\r\n\r\nWords.")
    # Uncut it takes two minutes.
    assert time.process_time() - started < 10


@pytest.mark.parametrize("depth", [100, 1000, 3000])
def test_parts_within_parts_without_end_are_refused(tmp_path, depth):
    body = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(depth))
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, HEAD + body + "Content-Type: text/plain\r\n\r\nDeep.")
    assert caught.value.reason == "too_large"


def test_messages_within_messages_are_opened_one_at_a_time(tmp_path):
    inner = "From: x\r\nSubject: in\r\n\r\nText."
    for _ in range(30):
        inner = f"From: x\r\nSubject: in\r\nContent-Type: message/rfc822\r\n\r\n{inner}"
    assert len(parse(tmp_path, HEAD + "Content-Type: message/rfc822\r\n\r\n" + inner).attachments) == 1


def test_more_parts_than_anyone_sends_are_not_all_read(tmp_path):
    parsed = parse(tmp_path, HEAD + many(*[part("text/plain", "a")] * 2100))
    assert parsed.notes == ["102 attachments could not be read."] or "could not be read" in parsed.notes[0]


def test_a_message_within_that_cannot_be_written_is_said(tmp_path, monkeypatch):
    message = letter()
    message.add_attachment(letter("Inner."))
    data = message.as_bytes()

    def broken(self, *args, **kwargs):
        raise KeyError("charset")

    monkeypatch.setattr("email.message.Message.as_bytes", broken)
    assert parse(tmp_path, data).notes == ["1 attachment could not be read."]


def test_a_message_that_the_library_fails_on_is_unreadable(tmp_path, monkeypatch):
    def broken(self, file):
        raise AssertionError("state")

    monkeypatch.setattr("apps.documents.ingest.parsers.eml.BytesParser.parse", broken)
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, HEAD)
    assert caught.value.reason == "unreadable"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\a.pdf", "a.pdf"),
        ("a\x00b\n.txt", "ab.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("....", ""),
        ("/", ""),
        ("a" * 300 + ".pdf", "a" * 146 + ".pdf"),
        ("a" * 300, "a" * 150),
    ],
)
def test_a_name_is_shown_without_paths_and_tricks(name, shown):
    assert shown_name(name) == shown


def test_a_file_without_a_name_is_numbered(tmp_path):
    tray = Tray(tmp_path)
    tray.put("..", b"x")
    assert tray.attachments[0].name == "attachment 1"
