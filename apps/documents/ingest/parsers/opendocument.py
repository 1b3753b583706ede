"""ODT, ODP and ODS: the text, the slides and the sheets of OpenDocument files.

What changes tracking has deleted, comments and forms are left out. Nothing outside the file is followed.
"""

from pathlib import Path

from apps.documents.errors import EmptyFile, EncryptedFile, NoText, UnreadableFile
from apps.documents.ingest.limits import check_pages, check_text, within_limits
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.parsers.odf_sheets import read_sheets
from apps.documents.ingest.parsers.odf_slides import is_hidden, slide_blocks
from apps.documents.ingest.parsers.odf_styles import DRAW, OFFICE, Styles
from apps.documents.ingest.parsers.odf_text import TextReader
from apps.documents.ingest.parsers.packages import BROKEN, Element, Package, local, open_package
from apps.documents.ingest.parsers.remarks import embedded_note, left_out_note
from apps.documents.ingest.parsers.sheet_regions import sheet_blocks
from apps.documents.ingest.text import flow
from apps.documents.ingest.types import BlockKind, Page, Parsed, Progress
from apps.documents.types import Unit

_CONTENT = "content.xml"
_LOCKED = "This file is protected by a password. Save it without one."


class OdtParser:
    name = "odt"
    version = 1

    def parse(self, path: Path, progress: Progress, desk: Desk = BARE) -> Parsed:
        with open_package(path) as package:
            body, styles = _body(package, "text")
            reader = TextReader(package, styles)
            blocks = within_limits(reader.blocks(body), progress)
        if not blocks:
            raise EmptyFile("There is no text in this document.")
        progress(1, 1)
        return Parsed(reader.title, [Page(None, tuple(blocks))], notes=embedded_note(reader.embedded))


class OdpParser:
    name = "odp"
    version = 1

    def parse(self, path: Path, progress: Progress, desk: Desk = BARE) -> Parsed:
        pages: list[Page] = []
        unread: list[int] = []
        with open_package(path) as package:
            body, styles = _body(package, "presentation")
            slides = list(body.iterchildren(DRAW + "page"))
            check_pages(len(slides))
            reader = TextReader(package, styles)
            chars = hidden = 0
            for number, slide in enumerate(slides, 1):
                blocks = tuple(slide_blocks(slide, reader))
                chars += sum(len(block.text) for block in blocks)
                check_text(chars)
                hidden += is_hidden(slide, styles)
                if not blocks and slide.find(f".//{DRAW}image") is not None:
                    unread.append(number)
                pages.append(Page(number, blocks))
                progress(number, len(slides))
        if not chars:
            raise NoText("There are only pictures in this presentation.") if unread else EmptyFile("There is no text in this presentation.")
        notes = ["1 slide is hidden in the talk." if hidden == 1 else f"{hidden:,} slides are hidden in the talk."] if hidden else []
        title = next((block.text for block in pages[0].blocks if block.kind == BlockKind.HEADING and block.level == 1), "")
        return Parsed(title, pages, len(pages), Unit.SLIDE, unread, [*notes, *embedded_note(reader.embedded)])


class OdsParser:
    name = "ods"
    version = 1

    def parse(self, path: Path, progress: Progress, desk: Desk = BARE) -> Parsed:
        pages: list[Page] = []
        hidden = chars = 0
        with open_package(path) as package:
            _check_lock(package)
            reader = TextReader(package, Styles())
            for sheet in read_sheets(package, _CONTENT, reader, lambda: progress(len(pages), 0)):
                if sheet.is_hidden:
                    hidden += 1
                    continue
                chars += sheet.chars
                check_text(chars)
                blocks = (*sheet_blocks(sheet.rows), *sheet.drawn)
                pages.append(Page(len(pages) + 1, blocks, flow(sheet.name)))
                check_pages(len(pages))
                progress(len(pages), 0)
        if not any(page.blocks for page in pages):
            raise EmptyFile("There is no text in this workbook.")
        notes = [*left_out_note(hidden, "hidden sheet"), *embedded_note(reader.embedded)]
        return Parsed("", pages, len(pages), Unit.SHEET, notes=notes)


def _body(package: Package, kind: str) -> tuple[Element, Styles]:
    _check_lock(package)
    root = package.tree(_CONTENT)
    body = root.find(f"{OFFICE}body/{OFFICE}{kind}")
    if body is None:
        raise UnreadableFile(BROKEN)
    other = package.tree_or_none("styles.xml")
    styles = Styles()
    styles.add([root] if other is None else [other, root])
    return body, styles


def _check_lock(package: Package) -> None:
    manifest = package.tree_or_none("META-INF/manifest.xml")
    if manifest is not None and any(local(one) == "encryption-data" for one in manifest.iter()):
        raise EncryptedFile(_LOCKED)
