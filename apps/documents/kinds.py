"""What people call the kinds of files, and the parts that they are read by."""

from apps.documents.types import Kind

KIND_LABELS: dict[str, str] = {
    Kind.PDF: "PDF",
    Kind.DOCX: "Word",
    Kind.PPTX: "PowerPoint",
    Kind.XLSX: "Excel",
    Kind.ODT: "ODT",
    Kind.ODP: "ODP",
    Kind.ODS: "ODS",
    Kind.RTF: "RTF",
    Kind.CSV: "CSV",
    Kind.HTML: "HTML",
    Kind.EPUB: "EPUB",
    Kind.EML: "Mail",
    Kind.MSG: "Outlook",
    Kind.MARKDOWN: "Markdown",
    Kind.TEXT: "Text",
    Kind.IMAGE: "Picture",
}
_PARTS: dict[str, str] = {
    Kind.PPTX: "slide",
    Kind.ODP: "slide",
    Kind.XLSX: "sheet",
    Kind.ODS: "sheet",
    Kind.EPUB: "chapter",
}


def kind_label(kind: str) -> str:
    """Return the word for a kind; a kind of another release is called by its own name."""
    return KIND_LABELS.get(kind, kind)


def part_word(kind: str) -> str:
    """Return what the parts of such a file are called that reading counts."""
    return _PARTS.get(kind, "page")
