"""Find passages by words and by meaning, as the one who asks."""

from apps.documents.search.hybrid import search, search_marked
from apps.documents.search.types import LIMIT_MAX, Beside, Filters, Hit, Mode, Results, Sort

__all__ = ["LIMIT_MAX", "Beside", "Filters", "Hit", "Mode", "Results", "Sort", "search", "search_marked"]
