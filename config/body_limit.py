"""Refuses endless request bodies while they arrive.

Daphne keeps a whole body on disk before Django sees its first byte, whoever sends it. A body somewhat over the upload
limit still reaches Django, which says so in words; one far over it is cut off here with a bare 413.
"""

from typing import Any

from daphne.http_protocol import WebRequest

_REFUSAL = b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


def limit_bodies(limit: int) -> None:
    """Let no request to this process's Daphne send more than `limit` bytes; again with another limit replaces it."""
    WebRequest.body_limit = limit
    if WebRequest.gotLength is not _got_length:
        WebRequest.gotLength, WebRequest.handleContentChunk = _got_length, _handle_content_chunk


_keep_length = WebRequest.gotLength
_keep_chunk = WebRequest.handleContentChunk


def _got_length(request: Any, length: int | None) -> None:
    """Twisted's hook for the header's word, None where the body comes in chunks."""
    _keep_length(request, length)
    request.body_received = 0
    if length is not None and length > request.body_limit:
        _refuse(request)


def _handle_content_chunk(request: Any, data: bytes) -> None:
    request.body_received += len(data)
    if request.body_received > request.body_limit:
        _refuse(request)
    else:
        _keep_chunk(request, data)


def _refuse(request: Any) -> None:
    request.channel.transport.write(_REFUSAL)
    request.channel.loseConnection()
