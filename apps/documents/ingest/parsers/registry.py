"""Which parser reads which kind. A parser's library is imported when its first file comes."""

from collections.abc import Callable
from importlib import import_module

from apps.documents.ingest.parsers.base import Parser
from apps.documents.types import Kind

_PARSERS: dict[str, str] = {
    Kind.PDF: "apps.documents.ingest.parsers.pdf:PdfParser",
    Kind.DOCX: "apps.documents.ingest.parsers.docx:DocxParser",
    Kind.HTML: "apps.documents.ingest.parsers.html:HtmlParser",
    Kind.MARKDOWN: "apps.documents.ingest.parsers.markdown:MarkdownParser",
    Kind.TEXT: "apps.documents.ingest.parsers.plain:TextParser",
}


def get_parser(kind: str) -> Parser:
    """Return the parser of `kind`."""
    module_name, class_name = _PARSERS[kind].split(":")
    factory: Callable[[], Parser] = getattr(import_module(module_name), class_name)
    return factory()
