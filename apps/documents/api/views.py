"""`/api/v1/documents`: what is in the library, adding to it, and what is done with one of its documents."""

from typing import ClassVar
from uuid import UUID

from django.db import transaction
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api import WorkspaceAPIView
from apps.accounts.limits import limit_uploads
from apps.common.pagination import CursorPages
from apps.documents.api.serializers import ChangeInput, UploadInput, document_output, read_wanted
from apps.documents.listing import get_for_api, get_own_for_api, select_for_api, select_wanted
from apps.documents.selectors import get_collection_to_add, get_document
from apps.documents.services import cancel_document, delete_document, receive_file, retry_document, set_tags
from apps.documents.tags import split_tags


class DocumentList(WorkspaceAPIView):
    action: ClassVar[dict[str, str]] = {"GET": "document.view", "POST": "document.add"}
    parser_classes = (MultiPartParser,)

    def get(self, request: Request) -> Response:
        """The newest first, a page at a time."""
        pages = CursorPages()
        wanted = read_wanted(self.reader, request.query_params)
        documents = pages.paginate_queryset(select_wanted(self.reader, wanted), request, shown=select_for_api(self.reader))
        return pages.get_paginated_response([document_output(self.reader, one) for one in documents])

    def post(self, request: Request) -> Response:
        """202 for a file that is being read from now on, 200 for bytes that are here already."""
        form = UploadInput(data=request.data)
        form.is_valid(raise_exception=True)
        data = form.validated_data
        file = data["file"]
        limit_uploads(self.reader, 1, file.size)
        place = data.get("collection")
        collection = get_collection_to_add(self.reader, place) if place else None
        received = receive_file(
            self.reader,
            file=file,
            name=file.name,
            collection=collection,
            access=data.get("access"),
            path=data.get("path", ""),
            tags=split_tags(",".join(data.get("tags", []))),
        )
        code = status.HTTP_202_ACCEPTED if received.is_new else status.HTTP_200_OK
        # After the effect and not with it, for a file is no row. Whoever dies in between leaves a document that the same
        # bytes lead to: sent again, they are stored no second time.
        self.finish(code, received.document.pk)
        # Not read anew: a key that may add but not read is answered too.
        return Response(document_output(self.reader, received.document), status=code)

    def replay(self, status: int, reference: str) -> Response:
        return Response(document_output(self.reader, get_own_for_api(self.reader, reference)), status=status)


class DocumentDetail(WorkspaceAPIView):
    action: ClassVar[dict[str, str]] = {"GET": "document.view", "PATCH": "document.view", "DELETE": "document.view"}

    def get(self, request: Request, document_id: UUID) -> Response:
        return Response(document_output(self.reader, get_for_api(self.reader, document_id)))

    def patch(self, request: Request, document_id: UUID) -> Response:
        """Who may is the service's to say, as below."""
        found = get_document(self.reader, document_id)
        change = ChangeInput(data=request.data)
        change.is_valid(raise_exception=True)
        set_tags(self.reader, found, change.validated_data["tags"])
        return self.get(request, document_id)

    def delete(self, request: Request, document_id: UUID) -> Response:
        """Who may is the service's to say: who added it, or who manages documents."""
        delete_document(self.reader, get_document(self.reader, document_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class DocumentRetry(WorkspaceAPIView):
    action: ClassVar[dict[str, str]] = {"POST": "document.view"}

    def post(self, request: Request, document_id: UUID) -> Response:
        """202: what could not be read, or was cancelled, is read again from now on. 409 for anything else."""
        found = get_document(self.reader, document_id)
        with transaction.atomic():
            retry_document(self.reader, found)
            self.finish(status.HTTP_202_ACCEPTED, document_id)
        return self.replay(status.HTTP_202_ACCEPTED, str(document_id))

    def replay(self, status: int, reference: str) -> Response:
        return Response(document_output(self.reader, get_for_api(self.reader, reference)), status=status)


class DocumentCancel(WorkspaceAPIView):
    action: ClassVar[dict[str, str]] = {"POST": "document.view"}

    def post(self, request: Request, document_id: UUID) -> Response:
        """200: reading has stopped. A version that answered goes on answering. 409 where nothing was being read."""
        found = get_document(self.reader, document_id)
        with transaction.atomic():
            cancel_document(self.reader, found)
            self.finish(status.HTTP_200_OK, document_id)
        return self.replay(status.HTTP_200_OK, str(document_id))

    def replay(self, status: int, reference: str) -> Response:
        return Response(document_output(self.reader, get_for_api(self.reader, reference)), status=status)
