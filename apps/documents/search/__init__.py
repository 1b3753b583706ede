"""Find passages by words and by meaning, as the one who asks."""

from apps.documents.search.hybrid import search
from apps.documents.search.types import Filters, Hit

__all__ = ["Filters", "Hit", "search"]
