"""Which parser reads which kind. A parser's library is imported when its first file comes."""

from collections.abc import Callable
from importlib import import_module

from apps.documents.ingest.parsers.base import Parser
from apps.documents.types import Kind

_PARSERS: dict[str, str] = {
    Kind.PDF: "pdf:PdfParser",
    Kind.DOCX: "docx:DocxParser",
    Kind.PPTX: "pptx:PptxParser",
    Kind.XLSX: "xlsx:XlsxParser",
    Kind.ODT: "opendocument:OdtParser",
    Kind.ODP: "opendocument:OdpParser",
    Kind.ODS: "opendocument:OdsParser",
    Kind.RTF: "rtf:RtfParser",
    Kind.CSV: "csv:CsvParser",
    Kind.HTML: "html:HtmlParser",
    Kind.EPUB: "epub:EpubParser",
    Kind.EML: "eml:EmlParser",
    Kind.MSG: "msg:MsgParser",
    Kind.MARKDOWN: "markdown:MarkdownParser",
    Kind.TEXT: "plain:TextParser",
    Kind.IMAGE: "image:ImageParser",
}


def get_parser(kind: str) -> Parser:
    """Return the parser of `kind`."""
    module_name, class_name = _PARSERS[kind].split(":")
    factory: Callable[[], Parser] = getattr(import_module(f"{__package__}.{module_name}"), class_name)
    return factory()
