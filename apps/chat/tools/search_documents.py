"""Another search, in the model's words."""

from apps.chat.graph.context import ToolResult
from apps.chat.tools import search
from apps.chat.tools.arguments import Text
from apps.chat.tools.base import Arguments, ModelTool, Use, Who
from apps.documents.search import Filters

PASSAGE_COUNT = 6


def build(who: Who, within: Filters) -> Use:
    find = search.build(who, within)

    async def use(arguments: Arguments, key: str) -> ToolResult:
        return ToolResult(passages=tuple(await find(arguments["query"], PASSAGE_COUNT)))

    return use


SEARCH_DOCUMENTS = ModelTool(
    "search_documents",
    "document.view",
    build,
    is_bounded=True,
    description="Search the documents that the person who asks may read. Gives the passages that fit best. Use other words than before.",
    fields=(Text("query", "What to look for: a short question or the words that stand in the text."),),
    say=lambda arguments: f"Searching for “{arguments['query']}”",
)
