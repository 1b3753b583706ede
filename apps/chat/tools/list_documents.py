"""Which documents there are, by their titles."""

from apps.accounts.types import Reader
from apps.chat.graph.context import ToolResult
from apps.chat.tools.arguments import Text, Whole
from apps.chat.tools.base import Arguments, ModelTool, Use, Who
from apps.common.db import run_db
from apps.documents.listing import SEARCH_CHARS_MAX, Wanted, clean_words, select_wanted
from apps.documents.models import DocumentState
from apps.documents.search import Filters
from apps.documents.search.scope import narrow

PAGE_SIZE = 25
TITLE_CHARS_MAX = 120


def build(who: Who, within: Filters) -> Use:
    async def use(arguments: Arguments, key: str) -> ToolResult:
        return await run_db(_list, await who(), within, arguments["query"], arguments["page"])

    return use


def _list(reader: Reader, within: Filters, query: str, page: int) -> ToolResult:
    wanted = narrow(select_wanted(reader, Wanted(words=clean_words(query), state=DocumentState.READY)), reader, within)
    first = (page - 1) * PAGE_SIZE
    # One more than is shown: whether there is another page, without counting them all.
    documents = list(wanted.order_by("-updated_at", "pk")[first : first + PAGE_SIZE + 1])
    if not documents:
        return ToolResult("There are no documents on this page." if page > 1 else "There are no such documents.")
    shown = documents[:PAGE_SIZE]
    lines = [f"{one.pk}  {_in_one_line(one.title)} ({one.kind}, changed {one.updated_at:%Y-%m-%d})" for one in shown]
    if len(documents) > PAGE_SIZE:
        lines.append(f"There are more: call list_documents with page={page + 1}.")
    return ToolResult("\n".join(["Id, title and kind of each, the newest first:", *lines]), documents=tuple(str(one.pk) for one in shown))


def _in_one_line(title: str) -> str:
    line = " ".join(title.split())
    return line if len(line) <= TITLE_CHARS_MAX else f"{line[:TITLE_CHARS_MAX]}…"


LIST_DOCUMENTS = ModelTool(
    "list_documents",
    "document.view",
    build,
    is_bounded=True,
    description=f"List the documents that the person who asks may read, {PAGE_SIZE} a page, the newest first, each with the id by which it can be read.",
    fields=(
        Text("query", "Only documents with these words in their title or file name.", chars_max=SEARCH_CHARS_MAX, is_required=False),
        Whole("page", "Which page of the list.", missing=1, maximum=10_000),
    ),
    say=lambda arguments: f"Looking for documents named “{arguments['query']}”" if arguments["query"] else "Looking through the list of documents",
)
