"""The door of every API view: key or session, workspace, action; and one effect for each Idempotency-Key."""

import hashlib
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar

from django.core.files.uploadedfile import UploadedFile
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.limits import limit_api
from apps.accounts.models import ApiKey
from apps.accounts.selectors.readers import get_only_reader, get_reader_of_key
from apps.accounts.services import idempotency
from apps.accounts.services.audit import tell_reader
from apps.accounts.types import Reader
from apps.common.errors import Malformed, NotFound
from apps.common.logs import bind

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
_KEY = re.compile(r"[!-~]{1,200}")

# Any: whatever a handler's address names.
Handler = Callable[..., Response]


class WorkspaceAPIView(APIView):
    """A view inside a workspace: the key's, or the one named by X-Quire-Workspace, or the person's only one.

    `action` says for each method what right it needs; a method without one is never answered. Each `post` obeys the header
    Idempotency-Key by itself; the view says by `replay` how to tell again what became of it.
    """

    action: ClassVar[dict[str, str]] = {}
    # What a method needs beside its action; a refusal names all that is missing.
    needs_too: ClassVar[dict[str, tuple[str, ...]]] = {}
    reader: Reader
    attempt: idempotency.Attempt | None = None
    is_finished = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "post" not in cls.__dict__:
            return
        if cls.replay is WorkspaceAPIView.replay:
            raise TypeError(f"{cls.__name__} has a post and no replay: what does a repeated Idempotency-Key get?")
        # Any: a class may have any handlers.
        handled: Any = cls
        handled.post = _once(handled.post)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        action = self.action.get(request.method or "")
        if action is None:
            raise MethodNotAllowed(request.method or "")
        self.reader = _get_reader(request)
        tell_reader(self.reader)
        bind(user_id=str(self.reader.user.pk))
        limit_api(self.reader)
        self.reader.require_all(action, *self.needs_too.get(request.method or "", ()))

    def finish(self, status: int, reference: object) -> None:
        """Say what became of a `post`: each calls this once, in the transaction of its effect where that is only rows."""
        if self.attempt is not None:
            idempotency.complete(self.attempt, status=status, reference=str(reference))
        self.is_finished = True

    def replay(self, status: int, reference: str) -> Response:
        """Answer as the first request was answered, reading anew with the rights of who asks now."""
        raise NotImplementedError

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Let no cache keep what a key was shown: for sessions the middleware sees to that."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.headers.setdefault("Cache-Control", "private, no-store")
        return answer


def _get_reader(request: Request) -> Reader:
    named = request.headers.get("X-Quire-Workspace", "")
    if not isinstance(request.auth, ApiKey):
        return get_only_reader(request.user, named)
    reader = get_reader_of_key(request.auth.pk)
    if named and named != reader.workspace.slug:
        raise NotFound
    return reader


def _once(post: Handler) -> Handler:
    """Let `post` take effect once for each Idempotency-Key; an error frees the key for another try."""

    @wraps(post)
    def handle(self: WorkspaceAPIView, request: Request, *args: Any, **kwargs: Any) -> Response:
        begun = _begin(self, request)
        if isinstance(begun, idempotency.Finished):
            answer = self.replay(begun.status, begun.reference)
            answer.headers[REPLAYED] = "true"
            return answer
        self.attempt = begun
        try:
            answer = post(self, request, *args, **kwargs)
            if not self.is_finished:
                raise RuntimeError(f"{type(self).__name__}.post did not call finish: a repeat would do its work again.")
            return answer
        except BaseException:
            if begun is not None:
                idempotency.release(begun)
            raise

    return handle


def _begin(view: WorkspaceAPIView, request: Request) -> idempotency.Attempt | idempotency.Finished | None:
    """None where nothing is asked: the request has no key."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise Malformed("An Idempotency-Key has 1 to 200 visible ASCII characters.")
    match = request.resolver_match
    return idempotency.begin(view.reader, key=key, route=match.route if match else "", fingerprint=_fingerprint(request))


def _fingerprint(request: Request) -> str:
    """SHA-256 of what is asked: the address, and the body. Of a form its fields, and of each file the name and the bytes."""
    seen = hashlib.sha256()
    _feed(seen, (request.get_full_path() or "").encode())
    if not (request.content_type or "").startswith("multipart/"):
        _feed(seen, request._request.body)
        return seen.hexdigest()
    # Any: of a form it is a QueryDict, which the stubs do not say.
    form: Any = request.data
    for name in sorted(form):
        for value in form.getlist(name):
            _feed(seen, name.encode())
            _feed(seen, _digest_of_file(value) if isinstance(value, UploadedFile) else b"text" + str(value).encode())
    return seen.hexdigest()


def _digest_of_file(file: "UploadedFile[Any]") -> bytes:
    seen = hashlib.sha256()
    for chunk in file.chunks():
        seen.update(chunk)
    file.seek(0)
    return b"file" + (file.name or "").encode() + b"\0" + seen.digest()


# Any: what hashlib makes has no public type.
def _feed(seen: Any, part: bytes) -> None:
    """With its length in front, so that no two lists of parts read the same."""
    seen.update(len(part).to_bytes(8, "big") + part)
