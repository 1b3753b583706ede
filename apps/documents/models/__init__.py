from apps.documents.models.collection import Collection, Level
from apps.documents.models.document import Access, Document, DocumentState
from apps.documents.models.file import LooseFile
from apps.documents.models.grant import CollectionGrant, DocumentGrant
from apps.documents.models.job import UNFINISHED, IngestJob, JobState, JobStep
from apps.documents.models.passage import Passage, PassageEmbedding
from apps.documents.models.terms import PassageTerms, SearchStatistics, TermChange, TermCount
from apps.documents.models.version import DocumentVersion

__all__ = [
    "UNFINISHED",
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
    "LooseFile",
    "Passage",
    "PassageEmbedding",
    "PassageTerms",
    "SearchStatistics",
    "TermChange",
    "TermCount",
]
