"""An answer as HTML: the same function for blocks as they stream and for the page, so that both look alike."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.common.markdown import render_markdown


@dataclass(frozen=True, slots=True)
class CitedSource:
    """What a citation's link needs. Without a `url` the source cannot be opened (any more)."""

    number: int
    title: str
    place: str
    url: str | None


def render_answer(text: str, sources: Mapping[int, CitedSource]) -> SafeString:
    """`text` as HTML; each `[n]` of `sources` is a link to its source."""

    def cite(number: int) -> str | None:
        source = sources.get(number)
        return None if source is None else _citation(source)

    return render_markdown(text, cite=cite)


def _citation(source: CitedSource) -> str:
    label = ", ".join(part for part in (f"Source {source.number}", source.title, source.place) if part)
    if source.url is None:
        return format_html('<span class="citation citation--gone" title="{}">{}</span>', label, source.number)
    return format_html(
        '<a class="citation" href="{}" data-citation="{}" aria-label="{}">{}</a>',
        source.url,
        source.number,
        label,
        source.number,
    )
