"""The search of the library, for the graph itself."""

from collections.abc import Sequence

from apps.chat.graph.context import FoundPassage, Search
from apps.chat.tools.base import Tool, Who
from apps.documents.search import Filters, Hit, search


def build(who: Who, within: Filters) -> Search:
    async def find(query: str, limit: int) -> Sequence[FoundPassage]:
        hits = await search(await who(), query, limit=limit, filters=within, joins=False)
        return [_found(hit) for hit in hits]

    return find


def _found(hit: Hit) -> FoundPassage:
    return FoundPassage(hit.passage_id, str(hit.document_id), str(hit.version_id), hit.title, hit.page, hit.text, float(hit.score), hit.place, hit.evidence)


SEARCH = Tool("search", "document.view", build, is_bounded=True)
