"""What is said when a request's body finds no room on the disk, before Django knows of it.

Daphne writes a body to a temporary file, and Django's handler to another: both are here, forms and files later have words of
their own (`apps.documents.upload_handler`).
"""

import errno
import json
from typing import Any

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_TITLE = "There is no room left for files"
_DETAIL = "The disk of this installation is full, so what you sent was not taken. Tell its operator, then try again."
_PROBLEM = json.dumps({"type": "about:blank", "title": _TITLE, "status": 507, "code": "storage_full", "detail": _DETAIL}).encode()
_TEXT = f"{_TITLE}. {_DETAIL}\n".encode()


def full_answer(path: bytes, accept: bytes) -> tuple[bytes, bytes]:
    """Return type and body of the answer: a problem for programs, a sentence for people."""
    if path.startswith(b"/api/") or accept.startswith(b"application/json"):
        return b"application/problem+json", _PROBLEM
    return b"text/plain; charset=utf-8", _TEXT


def tell_full_disk(application: Any) -> Any:
    """Wrap an HTTP application: a disk that is full before the answer began is answered with 507."""

    async def answering(scope: Any, receive: Any, send: Any) -> None:
        has_begun = False

        async def noting(message: dict[str, Any]) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await application(scope, receive, noting)
        except OSError as error:
            if has_begun or error.errno not in NO_ROOM:
                raise
            kind, body = full_answer(scope["path"].encode(), dict(scope["headers"]).get(b"accept", b""))
            await send({"type": "http.response.start", "status": 507, "headers": [(b"content-type", kind), (b"cache-control", b"no-store")]})
            await send({"type": "http.response.body", "body": body})

    return answering
