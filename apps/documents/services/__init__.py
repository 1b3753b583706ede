"""What can be done with the library. Readers come first: nothing here is done as nobody."""

from apps.documents.services.documents import cancel_document, delete_document, retry_document
from apps.documents.services.embedder import embed_waiting
from apps.documents.services.handbook import index_handbook
from apps.documents.services.ingest import read_next
from apps.documents.services.tagging import set_tags
from apps.documents.services.uploads import Received, receive_file, upload_document

__all__ = [
    "Received",
    "cancel_document",
    "delete_document",
    "embed_waiting",
    "index_handbook",
    "read_next",
    "receive_file",
    "retry_document",
    "set_tags",
    "upload_document",
]
