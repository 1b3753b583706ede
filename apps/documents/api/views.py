"""`/api/v1/documents`: what is in the library, and adding to it."""

from typing import ClassVar
from uuid import UUID

from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api import WorkspaceAPIView
from apps.documents.api.serializers import UploadInput, document_output
from apps.documents.selectors import get_document, list_documents
from apps.documents.services import receive_file


class DocumentList(WorkspaceAPIView):
    action: ClassVar[dict[str, str]] = {"GET": "document.view", "POST": "document.add"}
    parser_classes = (MultiPartParser,)

    def get(self, request: Request) -> Response:
        documents = list_documents(self.reader)
        return Response({"results": [document_output(self.reader, one) for one in documents]})

    def post(self, request: Request) -> Response:
        """202 for a file that is being read from now on, 200 for bytes that are here already."""
        form = UploadInput(data=request.data)
        form.is_valid(raise_exception=True)
        file = form.validated_data["file"]
        received = receive_file(self.reader, file=file, name=file.name, access=form.validated_data["access"])
        document = get_document(self.reader, received.document.id)
        code = status.HTTP_202_ACCEPTED if received.is_new else status.HTTP_200_OK
        return Response(document_output(self.reader, document), status=code)


class DocumentDetail(WorkspaceAPIView):
    action: ClassVar[dict[str, str]] = {"GET": "document.view"}

    def get(self, request: Request, document_id: UUID) -> Response:
        return Response(document_output(self.reader, get_document(self.reader, document_id)))
