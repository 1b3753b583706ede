"""A form with one file, byte by byte: no library between us and the name."""

from tests.documents.hostile.shapes import Hostile

_BOUNDARY = b"quire-hostile-boundary"
FORM_TYPE = f"multipart/form-data; boundary={_BOUNDARY.decode()}"


def form_of(hostile: Hostile) -> bytes:
    return form(hostile.name, hostile.make())


def form(name: str | bytes, data: bytes) -> bytes:
    """What a browser would send, with the name as it is but for what would end it."""
    spelt = name if isinstance(name, bytes) else name.encode()
    spelt = spelt.replace(b'"', b"%22").replace(b"\r", b"%0D").replace(b"\n", b"%0A")
    head = b"--" + _BOUNDARY + b'\r\nContent-Disposition: form-data; name="file"; filename="' + spelt + b'"\r\nContent-Type: application/octet-stream\r\n\r\n'
    return head + data + b"\r\n--" + _BOUNDARY + b"--\r\n"
