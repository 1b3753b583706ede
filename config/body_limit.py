"""Refuses endless request bodies while they arrive.

Daphne keeps a whole body on disk before Django sees its first byte, whoever sends it. A body somewhat over the upload
limit still reaches Django, which says so in words; one far over it is cut off here with a bare 413. One that finds no room
on the disk is taken to its end, kept nowhere, and answered with 507.
"""

from io import BytesIO
from typing import Any

from daphne.http_protocol import WebRequest

from config.full_disk import NO_ROOM, full_answer

_REFUSAL = b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


def limit_bodies(limit: int) -> None:
    """Let no request to this process's Daphne send more than `limit` bytes; again with another limit replaces it."""
    WebRequest.body_limit = limit
    if WebRequest.gotLength is not _got_length:
        WebRequest.gotLength, WebRequest.handleContentChunk = _got_length, _handle_content_chunk
        WebRequest.process = _process


_keep_length = WebRequest.gotLength
_keep_chunk = WebRequest.handleContentChunk
_keep_process = WebRequest.process


def _got_length(request: Any, length: int | None) -> None:
    """Twisted's hook for the header's word, None where the body comes in chunks."""
    _keep_length(request, length)
    request.body_received, request.has_no_room = 0, False
    if length is not None and length > request.body_limit:
        _refuse(request)


def _handle_content_chunk(request: Any, data: bytes) -> None:
    request.body_received += len(data)
    if request.body_received > request.body_limit:
        _refuse(request)
    elif not request.has_no_room:
        try:
            _keep_chunk(request, data)
            # Else the last of it is written when nobody can say anything any more.
            request.content.flush()
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            request.has_no_room, request.content = True, BytesIO()


def _process(request: Any) -> Any:
    """Twisted's hook for a request that is whole."""
    if not getattr(request, "has_no_room", False):
        return _keep_process(request)
    kind, body = full_answer(request.path, request.getHeader(b"accept") or b"")
    head = b"HTTP/1.1 507 Insufficient Storage\r\nConnection: close\r\nCache-Control: no-store\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
    request.channel.transport.write(head % (kind, len(body)) + body)
    request.channel.loseConnection()
    return None


def _refuse(request: Any) -> None:
    request.channel.transport.write(_REFUSAL)
    request.channel.loseConnection()
