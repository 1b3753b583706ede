from apps.documents.models.collection import Collection, Level
from apps.documents.models.document import Access, Document, DocumentState
from apps.documents.models.grant import CollectionGrant, DocumentGrant
from apps.documents.models.job import IngestJob, JobState, JobStep
from apps.documents.models.passage import Passage, PassageEmbedding
from apps.documents.models.version import DocumentVersion

__all__ = [
    "Access",
    "Collection",
    "CollectionGrant",
    "Document",
    "DocumentGrant",
    "DocumentState",
    "DocumentVersion",
    "IngestJob",
    "JobState",
    "JobStep",
    "Level",
    "Passage",
    "PassageEmbedding",
]
