"""What the server imports before the first file: each child has it at once, and all share the memory of it."""

import contextlib
import sys
from importlib import import_module
from typing import Any

from apps.documents.ingest import ocr
from apps.documents.ingest.parsers.registry import get_parser
from apps.documents.types import Kind

# What the parsers import with their first file.
_LIBRARIES = (
    "lxml.etree",
    "lxml.html",
    "pypdfium2",
    "pypdfium2.raw",
    "oxmsg.storage",
    "striprtf.striprtf",
    "charset_normalizer.md",
    "markdown_it",
    "PIL.ImageOps",
    "PIL.PngImagePlugin",
    "PIL.JpegImagePlugin",
    "PIL.TiffImagePlugin",
    "email.parser",
    "email.policy",
    "csv",
    "zipfile",
)


def import_parsers() -> None:
    """Import what reads files. What cannot be imported here fails with its first file, and says so."""
    # Some libraries take numpy where it is, and none needs it here: it would be a third of this process.
    # Any: None is how the import system is told that there is none.
    nothing: Any = None
    sys.modules["numpy"] = nothing
    for kind in Kind:
        with contextlib.suppress(ImportError, AttributeError):
            get_parser(kind)
    for name in _LIBRARIES:
        with contextlib.suppress(ImportError):
            import_module(name)
    # Asked here once, and not in each child.
    ocr.find_languages()
