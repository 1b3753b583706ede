"""Citations as the reader may see them now: the quote is read through the reader's rights each time it is shown."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from apps.accounts.types import Reader
from apps.chat.models import Citation
from apps.chat.rendering import CitedSource
from apps.chat.text import shorten
from apps.chat.types import SourceView
from apps.documents.links import source_url
from apps.documents.models import Passage
from apps.documents.pieces import readable
from apps.documents.places import place_of
from apps.documents.selectors import get_passages

GONE = "Source no longer available"
AROUND_CHARS = 280
SECTION_CHARS = 60
_BETWEEN_BLOCKS = "\n\n"


def list_sources(reader: Reader, message_ids: Iterable[UUID]) -> Mapping[UUID, list[SourceView]]:
    """The sources of each answer, in the order of their numbers; two queries, however many answers."""
    citations = list(Citation.objects.visible_to(reader).filter(message__in=list(message_ids)).order_by("message", "number"))
    passages = get_passages(reader, [one.passage_id for one in citations if one.passage_id is not None])
    sources: dict[UUID, list[SourceView]] = defaultdict(list)
    for citation in citations:
        passage = passages.get(citation.passage_id) if citation.passage_id is not None else None
        sources[citation.message_id].append(_gone(citation) if passage is None else _source(reader, citation, passage))
    return sources


def cited_sources(sources: Iterable[SourceView]) -> dict[int, CitedSource]:
    return {source.number: CitedSource(source.number, source.title, source.place, source.url) for source in sources}


def _source(reader: Reader, citation: Citation, passage: Passage) -> SourceView:
    document = passage.version.document
    start, end = min(citation.start, len(passage.text)), min(citation.end, len(passage.text))
    letters = readable(passage.text, passage.blocks)
    return SourceView(
        number=citation.number,
        title=document.title,
        kind=document.kind,
        place=place_of(passage),
        date=document.updated_at,
        quote="".join(letters[start:end]),
        before=_tail("".join(letters[:start])),
        after=_head("".join(letters[end:])),
        url=source_url(reader.workspace.slug, document.pk, passage.pk, (start, end)),
        is_available=True,
        support=citation.support,
        document_id=document.pk,
        page=citation.page,
        section=section_of(passage, document.title),
    )


def _gone(citation: Citation) -> SourceView:
    return SourceView(
        number=citation.number,
        title=GONE,
        kind="",
        place="",
        date=None,
        quote=None,
        before="",
        after="",
        url=None,
        is_available=False,
        support=citation.support,
    )


def section_of(passage: Passage, title: str) -> str:
    """The heading over the passage: what tells the places of a document without pages apart."""
    heading = passage.heading_path[-1] if passage.heading_path else ""
    return "" if heading == title else shorten(heading, SECTION_CHARS)


def _tail(text: str) -> str:
    """The end of what stands before the quote, within its own paragraph: headings above it are no context."""
    text = text.rpartition(_BETWEEN_BLOCKS)[2]
    return text if len(text) <= AROUND_CHARS else f"…{text[-AROUND_CHARS:].partition(' ')[2]}"


def _head(text: str) -> str:
    text = text.partition(_BETWEEN_BLOCKS)[0]
    return text if len(text) <= AROUND_CHARS else f"{text[:AROUND_CHARS].rpartition(' ')[0]}…"
