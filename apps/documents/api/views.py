"""`/api/v1/documents`: what is in the library, and adding to it."""

from typing import ClassVar
from uuid import UUID

from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api import WorkspaceAPIView
from apps.accounts.limits import limit_uploads
from apps.common.pagination import CursorPages
from apps.documents.api.serializers import UploadInput, document_output
from apps.documents.selectors import get_collection_to_add, get_document, select_documents
from apps.documents.services import receive_file


class DocumentList(WorkspaceAPIView):
    action: ClassVar[dict[str, str]] = {"GET": "document.view", "POST": "document.add"}
    parser_classes = (MultiPartParser,)

    def get(self, request: Request) -> Response:
        """The newest first, a page at a time."""
        pages = CursorPages()
        documents = pages.paginate_queryset(select_documents(self.reader), request)
        return pages.get_paginated_response([document_output(self.reader, one) for one in documents])

    def post(self, request: Request) -> Response:
        """202 for a file that is being read from now on, 200 for bytes that are here already."""
        form = UploadInput(data=request.data)
        form.is_valid(raise_exception=True)
        file = form.validated_data["file"]
        limit_uploads(self.reader, 1, file.size)
        place, access = form.validated_data.get("collection"), form.validated_data.get("access")
        collection = get_collection_to_add(self.reader, place) if place else None
        received = receive_file(self.reader, file=file, name=file.name, collection=collection, access=access)
        code = status.HTTP_202_ACCEPTED if received.is_new else status.HTTP_200_OK
        # After the effect and not with it, for a file is no row. Whoever dies in between leaves a document that the same
        # bytes lead to: sent again, they are stored no second time.
        self.finish(code, received.document.pk)
        # Not read anew: a key that may add but not read is answered too.
        return Response(document_output(self.reader, received.document), status=code)

    def replay(self, status: int, reference: str) -> Response:
        return Response(document_output(self.reader, get_document(self.reader, reference)), status=status)


class DocumentDetail(WorkspaceAPIView):
    action: ClassVar[dict[str, str]] = {"GET": "document.view"}

    def get(self, request: Request, document_id: UUID) -> Response:
        return Response(document_output(self.reader, get_document(self.reader, document_id)))
