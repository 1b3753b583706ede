"""Mail that is signed but not encrypted is read, however its envelope counts its lengths."""

import base64

import pytest

from apps.documents.errors import FileRefused
from apps.documents.ingest.parsers.eml import EmlParser
from apps.documents.ingest.parsers.smime import signed_content
from tests.documents.files import write

SIGNED, DATA, ENVELOPED = (bytes.fromhex(f"06092a864886f70d01070{kind}") for kind in (2, 1, 3))
TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nThe quires are sewn.\r\n"


def sized(tag: int, *parts: bytes) -> bytes:
    inner = b"".join(parts)
    length = bytes([len(inner)]) if len(inner) < 128 else b"\x82" + len(inner).to_bytes(2)
    return bytes([tag]) + length + inner


def open_ended(tag: int, *parts: bytes) -> bytes:
    return bytes([tag, 0x80]) + b"".join(parts) + b"\0\0"


def envelope(octets: bytes, kind: bytes = SIGNED, make=sized) -> bytes:
    held = make(0x30, DATA, make(0xA0, octets))
    return make(0x30, kind, make(0xA0, make(0x30, b"\x02\x01\x01", sized(0x31), held, sized(0x31, b"\x05\x00"))))


def mail(data: bytes, kind: str = "signed-data") -> bytes:
    head = f"From: Ada <ada@example.org>\r\nContent-Type: application/pkcs7-mime; smime-type={kind}; name=smime.p7m\r\n"
    return f"{head}Content-Transfer-Encoding: base64\r\n\r\n".encode() + base64.encodebytes(data)


def silent(done: int, total: int) -> None:
    """Nobody watches."""


def read(tmp_path, data: bytes):
    parsed = EmlParser().parse(write(tmp_path, data), silent)
    return [block.text for block in parsed.pages[0].blocks][1:]


@pytest.mark.parametrize(
    "data",
    [
        envelope(sized(0x04, TEXT)),
        envelope(sized(0x04, TEXT * 3)),
        envelope(open_ended(0x24, sized(0x04, TEXT[:20]), sized(0x04, TEXT[20:])), make=open_ended),
    ],
    ids=["in one piece", "long", "in pieces without lengths"],
)
def test_a_message_in_its_signature_is_read(tmp_path, data):
    assert read(tmp_path, mail(data))[0].startswith("The quires are sewn.")


def test_what_is_encrypted_is_said_to_be(tmp_path):
    with pytest.raises(FileRefused) as caught:
        EmlParser().parse(
            write(tmp_path, mail(envelope(sized(0x04, TEXT), ENVELOPED), "enveloped-data").replace(b"From: Ada <ada@example.org>\r\n", b"Subject: x\r\n")),
            silent,
        )
    assert caught.value.reason == "encrypted"


@pytest.mark.parametrize("cut", [0, 1, 2, 5, 12, 30, 60])
def test_a_broken_envelope_holds_nothing(cut):
    whole = envelope(sized(0x04, TEXT))
    assert signed_content(whole[:cut]) is None
    assert signed_content(whole) == TEXT


def test_an_envelope_without_end_is_left():
    assert signed_content(b"\x30\x80" * 50_000) is None
    assert signed_content(b"\x30\x80" + b"\x05\x00" * 50_000) is None
    assert signed_content(b"\x04\x80" + TEXT) is None


def test_a_signature_without_its_text_holds_nothing():
    assert signed_content(sized(0x30, SIGNED, sized(0xA0, sized(0x30, sized(0x30, DATA))))) is None
