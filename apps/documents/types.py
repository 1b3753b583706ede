"""Words of the library that models, services and pages share."""

from enum import StrEnum


class Kind(StrEnum):
    """What a file is, decided by its bytes."""

    PDF = "pdf"
    DOCX = "docx"
    HTML = "html"
    MARKDOWN = "markdown"
    TEXT = "text"


# What a browser's file dialog offers; the server decides by the bytes all the same.
ACCEPTS = ".pdf,.docx,.html,.htm,.md,.markdown,.txt,text/plain,text/html,application/pdf"
