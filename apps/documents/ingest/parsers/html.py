"""HTML: the main content as blocks; scripts, styles, navigation and hidden parts are left out (`html_main.py`)."""

import re
from functools import partial
from pathlib import Path

from apps.documents.errors import EmptyFile
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.parsers.html_main import find_content
from apps.documents.ingest.parsers.html_tree import Element, declared_charset, parse_tree
from apps.documents.ingest.parsers.html_walk import read_blocks
from apps.documents.ingest.parsers.plain import read_text
from apps.documents.ingest.text import flow
from apps.documents.ingest.types import Page, Parsed, Progress

_TITLES = (
    "string(//*[local-name()='head']/*[local-name()='title'])",
    "string(//*[local-name()='meta'][@property='og:title']/@content)",
    "string(//*[local-name()='h1'])",
)
# What programs that save a page as one file put in the place of addresses.
_PICTURES = re.compile(r"""(?<=["'(=])data:[\w.+/-]{0,100}(?:;[\w.=-]{1,100}){0,4};base64,[\w+/=%-]{100,}""")


class HtmlParser:
    name = "html"
    version = 3

    def parse(self, path: Path, progress: Progress, desk: Desk = BARE) -> Parsed:
        with path.open("rb") as file:
            declared = declared_charset(file.read(4096))
        root = parse_tree(read_text(path, declared, no_text=_PICTURES))
        beat = partial(progress, 0, 1)
        beat()
        blocks = read_blocks(*find_content(root, beat), beat)
        if not blocks:
            raise EmptyFile("There is no text in this file.")
        progress(1, 1)
        return Parsed(title=title_of(root), pages=[Page(None, tuple(blocks))])


def title_of(root: Element) -> str:
    """Return the page's title, what it tells others, or its first heading."""
    return next((title for title in (flow(str(root.xpath(path))) for path in _TITLES) if title), "")
