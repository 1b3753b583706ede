"""The text of one document, page by page, as passages that can be cited."""

from collections.abc import Sequence

from django.db.models import F
from django.db.models.functions import Coalesce

from apps.accounts.types import Reader
from apps.chat.graph.context import FoundPassage, ToolResult
from apps.chat.tools.arguments import Text, Whole
from apps.chat.tools.base import RESULT_CHARS_MAX, Arguments, ModelTool, Use, Who
from apps.common.db import run_db
from apps.common.errors import Invalid, NotFound
from apps.documents.models import Document, DocumentState, Passage
from apps.documents.places import place_of
from apps.documents.search import Filters
from apps.documents.search.scope import narrow
from apps.documents.selectors import get_document

PASSAGES_MAX = 40
PAGE_MAX = 1_000_000
_NAMESAKES = 5


def build(who: Who, within: Filters) -> Use:
    async def use(arguments: Arguments, key: str) -> ToolResult:
        return await run_db(_read, await who(), within, arguments)

    return use


def _read(reader: Reader, within: Filters, arguments: Arguments) -> ToolResult:
    first, last, skip = arguments["from_page"], arguments["to_page"], arguments["skip"]
    if last < first:
        raise Invalid("to_page is before from_page.")
    document = _find(reader, within, arguments["document"])
    rows = Passage.objects.visible_to(reader).filter(version=document.current_version_id, version__document=document)
    # What has no pages is read by its passages, as if each were one.
    rows = rows.annotate(place=Coalesce("page", F("ordinal") + 1)).filter(place__gte=first, place__lte=last)
    found = list(rows.select_related("version").defer("boxes", "blocks").order_by("ordinal")[skip : skip + PASSAGES_MAX + 1])
    if not found:
        return ToolResult("There is no text on these pages. The document ends before them, or the pages are empty.", documents=(str(document.pk),))
    shown = _that_fit(found[:PASSAGES_MAX])
    note = "" if len(shown) == len(found) else f"There is more: call read_document with the same document and pages and skip={skip + len(shown)}."
    return ToolResult(note, tuple(_passage(document, one) for one in shown), (str(document.pk),))


def _find(reader: Reader, within: Filters, named: str) -> Document:
    """By its id, or by a title that only one has. Absent, hidden and out of bounds are the same."""
    bounded = narrow(Document.objects.visible_to(reader), reader, within)
    try:
        document = get_document(reader, named)
    except NotFound:
        pass
    else:
        if bounded.filter(pk=document.pk).exists():
            return document
    titled = bounded.filter(title__iexact=named, state=DocumentState.READY).order_by("-updated_at")[: _NAMESAKES + 1]
    namesakes = list(titled)
    if not namesakes:
        raise NotFound("There is no such document. list_documents tells which there are.")
    if len(namesakes) > 1:
        ids = ", ".join(str(one.pk) for one in namesakes[:_NAMESAKES])
        raise Invalid(f"Several documents have this title: name one of them by its id: {ids}.")
    return namesakes[0]


def _that_fit(passages: Sequence[Passage]) -> list[Passage]:
    """As many from the start as there is room for, one at least."""
    shown: list[Passage] = []
    room = RESULT_CHARS_MAX
    for passage in passages:
        room -= len(passage.text)
        if shown and room < 0:
            break
        shown.append(passage)
    return shown


def _passage(document: Document, passage: Passage) -> FoundPassage:
    return FoundPassage(passage.pk, str(document.pk), str(passage.version_id), document.title, passage.page, passage.text, 0.0, place_of(passage))


READ_DOCUMENT = ModelTool(
    "read_document",
    "document.view",
    build,
    is_bounded=True,
    description="Read pages of one document, in order. For a document without pages, a page is one of its passages.",
    fields=(
        Text("document", "The id of the document, or its title.", chars_max=300),
        Whole("from_page", "The first page to read.", missing=1, maximum=PAGE_MAX),
        Whole("to_page", "The last page to read; without it, to the end.", missing=PAGE_MAX, maximum=PAGE_MAX),
        Whole("skip", "How many passages of these pages to leave out, as the last result told.", missing=0, minimum=0, maximum=PAGE_MAX),
    ),
    say=lambda arguments: f"Reading on from page {arguments['from_page']} of a document" if arguments["from_page"] > 1 else "Reading a document",
)
