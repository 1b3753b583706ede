"""What each way to ask over the API stands on: who asks, what, and whether they may."""

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api import HEADER, WorkspaceAPIView
from apps.accounts.limits import limit_asking
from apps.accounts.types import Reader
from apps.chat.api.serializers import QuestionInput, StreamInput
from apps.chat.services.asking import ask_question
from apps.common.errors import TooLarge
from apps.documents.services.connection import let_go


class Accepted(Response):
    """The question is kept. Goes no further than `query`, which waits for the answer or streams it."""

    def __init__(self, run_id: UUID, reader: Reader, *, key: str, is_streamed: bool) -> None:
        super().__init__({"run_id": str(run_id)}, status=status.HTTP_202_ACCEPTED)
        self.run_id = run_id
        self.reader = reader
        # The Idempotency-Key that this run stands for.
        self.key = key
        self.is_streamed = is_streamed


class AskView(WorkspaceAPIView):
    """Who asks, what, and whether they may."""

    action: ClassVar[dict[str, str]] = {"POST": "chat.ask"}
    needs_too: ClassVar[dict[str, tuple[str, ...]]] = {"POST": ("document.view",)}
    kept_as: ClassVar[int] = status.HTTP_200_OK

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
            # DRF's parser reads past Django's own limit.
            raise TooLarge(f"The body is larger than {limit:,} bytes.")
        super().initial(request, *args, **kwargs)

    def post(self, request: Request) -> Response:
        asked = QuestionInput(data=request.data)
        asked.is_valid(raise_exception=True)
        is_streamed = self._is_streamed()
        limit_asking(self.reader)
        data = asked.validated_data
        # A question is only rows: with its Idempotency-Key it is kept once, or not at all.
        with transaction.atomic():
            run = ask_question(self.reader, text=data["question"], conversation_id=data["conversation"], collection_id=data["collection"])
            self.finish(self.kept_as, run.pk)
        return self.accepted(run.pk, is_streamed=is_streamed)

    def replay(self, status: int, reference: str) -> Response:
        """A repeat waits for the same run."""
        return self.accepted(UUID(reference), is_streamed=self._is_streamed())

    def accepted(self, run_id: UUID, *, is_streamed: bool) -> Response:
        return Accepted(run_id, self.reader, key=self.request.headers.get(HEADER, ""), is_streamed=is_streamed)

    def _is_streamed(self) -> bool:
        wanted = StreamInput(data=self.request.data)
        wanted.is_valid(raise_exception=True)
        return bool(wanted.validated_data["stream"])


# Any: what the address names.
async def call_and_let_go(view: Callable[..., HttpResponseBase], request: HttpRequest, **named: Any) -> HttpResponseBase:
    """Call a view of DRF, and give the request's connection back, which would else be held until the last of the answer is sent."""

    def call() -> HttpResponseBase:
        try:
            return view(request, **named)
        finally:
            let_go()

    return await sync_to_async(call)()
