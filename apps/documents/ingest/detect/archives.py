"""Zip archives: Office files, OpenDocument, EPUB, and archives that are only archives."""

import re
import zipfile
from typing import BinaryIO

from apps.documents.errors import FileRefused, UnreadableFile
from apps.documents.ingest.archive import check_archive, read_member
from apps.documents.ingest.detect.refusals import READS, locked, unsupported
from apps.documents.types import Kind

_SMALL = 4096
_LISTED = 4 * 1024 * 1024
_TYPES = "[Content_Types].xml"
_OPEN = "application/vnd.oasis.opendocument."
# The type of the part that is the document. Macros are other parts: they are never looked at.
_MAIN = re.compile(
    rb"application/vnd\.(?:openxmlformats-officedocument\.(wordprocessingml|presentationml|spreadsheetml)"
    rb"|ms-(word|powerpoint|excel))\.(document|template|presentation|slideshow|sheet)(?:\.macroEnabled)?(?:Template)?\.main\+xml",
    re.IGNORECASE,
)
_OFFICE = {
    b"wordprocessingml": Kind.DOCX,
    b"word": Kind.DOCX,
    b"presentationml": Kind.PPTX,
    b"powerpoint": Kind.PPTX,
    b"spreadsheetml": Kind.XLSX,
    b"excel": Kind.XLSX,
}
_PARTS = (("word/document.xml", Kind.DOCX), ("ppt/presentation.xml", Kind.PPTX), ("xl/workbook.xml", Kind.XLSX), ("META-INF/container.xml", Kind.EPUB))
_OPEN_KINDS = {"text": Kind.ODT, "presentation": Kind.ODP, "spreadsheet": Kind.ODS}
_EXPORT = "Open it in its own program and export it as PDF."
_OTHERS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("xl/workbook.bin",), "a binary Excel file (.xlsb)", "Open it in Excel and save it as XLSX."),
    (("Index/Document.iwa", "Index.zip", "index.xml", "index.apxl"), "a file of Pages, Numbers or Keynote", "Open it there and export it as PDF."),
    (("FixedDocSeq.fdseq", "FixedDocumentSequence.fdseq"), "an XPS file", "Open it and print it to PDF."),
    (("visio/document.xml",), "a Visio drawing", _EXPORT),
    (("META-INF/MANIFEST.MF", "AndroidManifest.xml", "classes.dex"), "a program", READS),
)
_ZIP = "a zip archive"
_UNPACK = "Unpack it and upload the files in it one by one."


def archive_kind(file: BinaryIO) -> Kind:
    """Return the kind of a zip archive, or raise what else it is."""
    check_archive(file)
    with zipfile.ZipFile(file) as archive:
        names = set(archive.namelist())
        kind = _by_mimetype(archive, names) or _by_content_types(archive, names) or _by_manifest(archive, names)
        if kind is not None:
            if kind in _OPEN_KINDS.values():
                _refuse_locked(archive, names)
            return kind
    for part, kind in _PARTS:
        if part in names:
            return kind
    for parts, what, advice in _OTHERS:
        if not names.isdisjoint(parts):
            raise unsupported(what, advice)
    raise unsupported(_ZIP, f"{_UNPACK} {READS}")


def _by_mimetype(archive: zipfile.ZipFile, names: set[str]) -> Kind | None:
    """OpenDocument and EPUB say what they are in a member of that name."""
    if "mimetype" not in names:
        return None
    said = _read(archive, "mimetype", _SMALL).decode("ascii", errors="replace").strip()
    if said == "application/epub+zip":
        return Kind.EPUB
    return _open_document(said)


def _open_document(said: str) -> Kind | None:
    if not said.startswith(_OPEN):
        return None
    kind = _OPEN_KINDS.get(said.removeprefix(_OPEN).split("-")[0])
    if kind is None:
        raise unsupported("an OpenDocument drawing, formula or database", "Open it in LibreOffice and save it as PDF.")
    return kind


def _by_content_types(archive: zipfile.ZipFile, names: set[str]) -> Kind | None:
    if _TYPES not in names:
        return None
    found = _MAIN.search(_read(archive, _TYPES, _LISTED).replace(b"\x00", b""))
    return _OFFICE[(found[1] or found[2]).lower()] if found else None


def _by_manifest(archive: zipfile.ZipFile, names: set[str]) -> Kind | None:
    """Some programs leave the member `mimetype` out of OpenDocument; the manifest says the same."""
    if "content.xml" not in names or "META-INF/manifest.xml" not in names:
        return None
    manifest = _read(archive, "META-INF/manifest.xml", _LISTED).decode("utf-8", errors="replace")
    said = re.search(r"media-type=[\"'](application/vnd\.oasis\.opendocument\.[a-z-]+)", manifest)
    return _open_document(said[1]) if said else None


def _refuse_locked(archive: zipfile.ZipFile, names: set[str]) -> None:
    if "META-INF/manifest.xml" in names and b"encryption-data" in _read(archive, "META-INF/manifest.xml", _LISTED):
        raise locked()


def _read(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    try:
        return read_member(archive, name, limit)
    except FileRefused as error:
        raise UnreadableFile("This file is broken or incomplete: it cannot be opened.") from error
