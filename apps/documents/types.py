"""Words of the library that models, services and pages share."""

from enum import StrEnum


class Kind(StrEnum):
    """What a file is, decided by its bytes."""

    PDF = "pdf"
    DOCX = "docx"
    PPTX = "pptx"
    XLSX = "xlsx"
    ODT = "odt"
    ODP = "odp"
    ODS = "ods"
    RTF = "rtf"
    CSV = "csv"
    HTML = "html"
    EPUB = "epub"
    EML = "eml"
    MSG = "msg"
    MARKDOWN = "markdown"
    TEXT = "text"
    IMAGE = "image"


class Unit(StrEnum):
    """What the parts are called that a document's passages are numbered by."""

    NONE = ""
    PAGE = "page"
    SLIDE = "slide"
    SHEET = "sheet"
    CHAPTER = "chapter"


_SUFFIXES = ".pdf .docx .pptx .xlsx .odt .odp .ods .rtf .csv .tsv .html .htm .epub .eml .msg .md .markdown .txt .png .jpg .jpeg .tif .tiff"
# What a browser's file dialog offers; the server decides by the bytes all the same.
ACCEPTS = ",".join(_SUFFIXES.split())
