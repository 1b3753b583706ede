"""What can be done with the library. Readers come first: nothing here is done as nobody."""

from apps.documents.services.documents import delete_document, retry_document
from apps.documents.services.handbook import index_handbook
from apps.documents.services.ingest import ingest_document
from apps.documents.services.uploads import Received, receive_file, upload_document

__all__ = [
    "Received",
    "delete_document",
    "index_handbook",
    "ingest_document",
    "receive_file",
    "retry_document",
    "upload_document",
]
