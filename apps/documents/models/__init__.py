from apps.documents.models.collection import Collection
from apps.documents.models.document import Access, Document, DocumentState
from apps.documents.models.job import IngestJob, JobState, JobStep
from apps.documents.models.passage import Passage, PassageEmbedding
from apps.documents.models.version import DocumentVersion

__all__ = [
    "Access",
    "Collection",
    "Document",
    "DocumentState",
    "DocumentVersion",
    "IngestJob",
    "JobState",
    "JobStep",
    "Passage",
    "PassageEmbedding",
]
