import email
import struct
from collections.abc import Mapping
from email.policy import default

import pytest

from apps.documents.errors import FileRefused
from apps.documents.ingest.parsers import msg_rtf, msg_store
from apps.documents.ingest.parsers.base import Desk
from apps.documents.ingest.parsers.msg import MsgParser
from tests.documents.files import LONG, write
from tests.documents.ole import make_ole

SUBJECT, BODY, HTML, RTF, HEADERS, CLASS = 0x0037, 0x1000, 0x1013, 0x1009, 0x007D, 0x001A
# 18 November 2026, 13:06:40 UTC, as Windows counts.
SENT = (1_795_007_200 + 11_644_473_600) * 10**7


def silent(done: int, total: int) -> None:
    """No page is waiting for this."""


def node(
    texts: Mapping[int, str | bytes], *, head: int = 32, numbers: Mapping[int, int] | None = None, times: Mapping[int, int] | None = None, **inner: object
):
    """One object of a message; text goes in as Unicode, bytes as bytes."""
    fixed = b"".join(struct.pack("<HHLl4x", 3, number, 6, value) for number, value in (numbers or {}).items())
    fixed += b"".join(struct.pack("<HHLQ", 0x40, number, 6, value) for number, value in (times or {}).items())
    tree: dict[str, object] = {"__properties_version1.0": bytes(head) + fixed}
    for number, value in texts.items():
        is_text = isinstance(value, str)
        tree[f"__substg1.0_{number:04X}{'001F' if is_text else '0102'}"] = value.encode("utf-16-le") if isinstance(value, str) else value
    return {**tree, **{name: content for group in inner.values() for name, content in group.items()}}  # type: ignore[attr-defined]  # what is inside is such a tree again


def people(*facts: tuple[str, str, int]):
    return {
        f"__recip_version1.0_#{n:08X}": node({0x3001: name, 0x39FE: address}, head=8, numbers={0x0C15: kind}) for n, (name, address, kind) in enumerate(facts)
    }


def files(*parts: object):
    return {f"__attach_version1.0_#{n:08X}": part for n, part in enumerate(parts)}


def attached(name: str, data: bytes, **more: str):
    return node({0x3707: name, 0x3701: data, **{int(key.removeprefix("p"), 16): value for key, value in more.items()}}, head=8)


def parse(tmp_path, data: bytes):
    folder = tmp_path / "desk"
    folder.mkdir(exist_ok=True)
    return MsgParser().parse(write(tmp_path, data), silent, Desk(folder))


def texts(tmp_path, tree: Mapping[str, object]) -> list[str]:
    return [block.text for block in parse(tmp_path, make_ole(tree)).pages[0].blocks]


def reason(tmp_path, data: bytes) -> str:
    with pytest.raises(FileRefused) as caught:
        parse(tmp_path, data)
    return caught.value.reason


def ending(tmp_path, data: bytes) -> str:
    try:
        parse(tmp_path, data)
    except FileRefused as error:
        return error.reason
    return "ready"


def test_who_wrote_to_whom_comes_first_and_then_the_text(tmp_path):
    tree = node(
        {SUBJECT: "Grüße 日本", BODY: "Dear Bob,\r\n\r\nPaper is here.", 0x0C1A: "Ada", 0x5D01: "ada@example.org"},
        times={0x0039: SENT},
        people=people(("Bob", "bob@example.org", 1), ("Carl", "", 1), ("dan@example.org", "dan@example.org", 2), ("Eve", "eve@example.org", 3)),
    )
    parsed = parse(tmp_path, make_ole(tree))
    assert parsed.title == "Grüße 日本"
    assert [block.text for block in parsed.pages[0].blocks] == [
        "From: Ada <ada@example.org>\nTo: Bob <bob@example.org>, Carl\nCc: dan@example.org\nDate: 18 November 2026, 13:06 (UTC+0000)\nSubject: Grüße 日本",
        "Dear Bob,",
        "Paper is here.",
    ]


def test_headers_that_came_with_it_are_believed_first(tmp_path):
    tree = node(
        {HEADERS: "From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r\nDate: Sat, 21 Nov 2026 20:57:00 +0100\r\n", 0x0C1A: "Other", 0x0E04: "Bob; Carl", BODY: "x"}
    )
    assert texts(tmp_path, tree)[0] == "From: Jürgen <j@example.org>\nTo: Bob; Carl\nDate: 21 November 2026, 20:57 (UTC+0100)"


def test_an_address_of_exchange_is_not_shown(tmp_path):
    assert texts(tmp_path, node({0x0C1A: "Ada", 0x0C1F: "/O=ORG/OU=X/CN=ADA", BODY: "x"}))[0] == "From: Ada"


@pytest.mark.parametrize(
    ("tree", "found"),
    [
        (node({BODY: "Plain.", HTML: b"<p>Rich.</p>"}), ["Plain."]),
        (node({HTML: "<h1>Rich</h1><p>Größe</p>".encode("cp1251", errors="ignore")}, numbers={0x3FDE: 1251}), None),
        (node({HTML: "<p>Привет мир</p>".encode("cp1251")}, numbers={0x3FDE: 1251}), ["Привет мир"]),
        (node({HTML: "<meta charset=koi8-r><p>Привет мир</p>".encode("koi8-r")}, numbers={0x3FDE: 99999}), ["Привет мир"]),
        (node({HTML: "<p>As text</p>"}), ["As text"]),
        (node({RTF: struct.pack("<LL4sL", 0, 0, b"MELA", 0) + rb"{\rtf1 Only \b rtf\b0 .}"}), ["Only rtf."]),
        (node({RTF: b"too short", SUBJECT: "x", BODY: "b"}), ["b"]),
    ],
)
def test_the_text_is_found_wherever_it_stands(tmp_path, tree, found):
    assert found is None or texts(tmp_path, tree) == found
    assert texts(tmp_path, tree)


def test_text_of_a_code_page_is_read_in_it(tmp_path):
    tree = {**node({}, numbers={0x3FFD: 1251}), "__substg1.0_1000001E": "Привет".encode("cp1251"), "__substg1.0_0037001E": "Тема".encode("cp1251")}
    parsed = parse(tmp_path, make_ole(tree))
    assert (parsed.title, parsed.pages[0].text) == ("Тема", "Привет")


def test_packed_rtf_is_unpacked():
    # The first example of the specification (MS-OXRTFCP).
    packed = "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232 0af32068656c090020627705b06c647d0a800fa0"
    assert msg_rtf.rtf_text(bytes.fromhex(packed)).strip() == "hello world"


@pytest.mark.parametrize("data", [b"", bytes(16), struct.pack("<LL4sL", 0, 0, b"LZFu", 0) + b"\xff\x00", struct.pack("<LL4sL", 0, 0, b"LZFu", 0) + b"\x00abc"])
def test_packed_rtf_that_is_none_is_no_text(data):
    assert msg_rtf.rtf_text(data) == ""


def test_attachments_are_files_and_messages_within_become_mail(tmp_path):
    innermost = node({SUBJECT: "Deep", BODY: "Innermost."}, head=24)
    inner = node(
        {SUBJECT: "Inner / one", BODY: "Inner text.", HTML: b"<p>Inner text.</p>", 0x0C1A: "Jürgen"},
        head=24,
        times={0x0039: SENT},
        attachments=files(attached("ä.txt", b"in the inner"), node({}, head=8, attachments={"__substg1.0_3701000D": innermost})),
    )
    tree = node(
        {SUBJECT: "Outer", BODY: "Text."},
        attachments=files(
            attached("..\\..\\a.pdf", b"%PDF-1.4" + bytes(5000)),
            node({}, head=8, attachments={"__substg1.0_3701000D": inner}),
            attached("logo.png", bytes(5000), p3712="cid"),
            attached("scan.png", bytes(30_000), p3712="cid"),
            attached("winmail.dat", b"x"),
            node({0x3707: "a link.docx"}, head=8),
        ),
    )
    parsed = parse(tmp_path, make_ole(tree))
    assert [one.name for one in parsed.attachments] == ["a.pdf", "Inner one.eml", "scan.png"]
    assert [note.split(".")[0] for note in parsed.notes] == ["1 attachment could not be read", "Attachments in a winmail"]
    message = email.message_from_bytes(parsed.attachments[1].path.read_bytes(), policy=default)
    assert (message["subject"], message["from"]) == ("Inner / one", "Jürgen")
    assert message.get_body(("plain",)).get_content().strip("\x00\n") == "Inner text."
    assert [part.get_filename() or part.get_content_type() for part in message.iter_attachments()] == ["ä.txt", "message/rfc822"]


def test_a_message_within_that_is_too_large_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("apps.documents.ingest.limits.MAX_TEXT_CHARS", 2500)
    inner = node({BODY: LONG * 60}, head=24)
    parsed = parse(tmp_path, make_ole(node({BODY: "Text."}, attachments=files(node({}, head=8, attachments={"__substg1.0_3701000D": inner})))))
    assert parsed.notes == ["1 attachment could not be read."]


def test_a_signed_message_is_read_from_what_was_signed(tmp_path):
    signed = b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSigned words.\r\n--b--\r\n"
    tree = node({CLASS: "IPM.Note.SMIME.MultipartSigned", 0x0C1A: "Ada"}, attachments=files(attached("smime.p7m", signed)))
    assert texts(tmp_path, tree)[-1] == "Signed words."
    empty = node({CLASS: "IPM.Note.SMIME.MultipartSigned", BODY: "Words."})
    assert texts(tmp_path, empty) == ["Words."]


def test_an_encrypted_message_is_refused_as_such(tmp_path):
    assert reason(tmp_path, make_ole(node({CLASS: "IPM.Note.SMIME", SUBJECT: "x"}, attachments=files(attached("smime.p7m", b"x"))))) == "encrypted"


def test_a_message_without_a_word_is_empty(tmp_path):
    assert reason(tmp_path, make_ole(node({SUBJECT: "Only this"}))) == "empty"


def test_dates_that_are_none_are_left_out(tmp_path):
    assert texts(tmp_path, node({BODY: "x"}, times={0x0039: 2**64 - 1})) == ["x"]


@pytest.mark.parametrize("size", [0, 8, 100, 512, 700, 1024, 1500, 3000, 6000])
def test_a_message_cut_anywhere_is_unreadable_or_read(tmp_path, size):
    data = make_ole(node({SUBJECT: "A subject", BODY: "Words."}))
    assert len(data) > 6000
    assert reason(tmp_path, data[:size]) in ("unreadable", "empty")


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (30, struct.pack("<H", 3)),
        (44, struct.pack("<L", 2**31)),
        (48, struct.pack("<L", 2**20)),
        (64, struct.pack("<L", 2**30)),
        (72, struct.pack("<L", 2**30)),
        (76, struct.pack("<L", 2**20)),
        (512 + 4, struct.pack("<L", 1)),
        (1024 + 76, struct.pack("<L", 0)),
        (1024 + 76, struct.pack("<L", 1)),
        (1024 + 128 + 68, struct.pack("<LL", 1, 1)),
        (1024 + 128 + 120, struct.pack("<L", 2**31 - 1)),
    ],
)
def test_a_container_that_lies_or_goes_in_circles_ends(tmp_path, at, value):
    data = bytearray(make_ole(node({SUBJECT: "A subject", BODY: "Words."})))
    data[at : at + len(value)] = value
    assert ending(tmp_path, bytes(data)) in ("unreadable", "empty", "too_large", "ready")


def test_more_parts_or_depth_than_any_message_has_are_refused(tmp_path, monkeypatch):
    data = make_ole(node({BODY: "x"}, attachments=files(*[attached("a", b"x")] * 10)))
    monkeypatch.setattr(msg_store, "_ENTRIES_MAX", 20)
    assert reason(tmp_path, data) == "too_large"
    tree: dict[str, object] = {"x": b"x"}
    for _ in range(60):
        tree = {"inner": tree}
    monkeypatch.setattr(msg_store, "_ENTRIES_MAX", 2000)
    assert reason(tmp_path, make_ole({**node({BODY: "x"}), **tree})) == "too_large"


def test_a_long_row_of_siblings_does_not_exhaust_the_stack(tmp_path):
    assert reason(tmp_path, make_ole({**node({BODY: "x"}), **{f"s{n}": {} for n in range(2400)}})) in ("too_large", "unreadable")


def test_another_container_is_unreadable(tmp_path):
    assert reason(tmp_path, make_ole({"WordDocument": b"x"})) == "unreadable"
