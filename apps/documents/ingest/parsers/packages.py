"""A zip of XML parts, as Office programs write it: read within limits, nothing outside it ever followed.

The libraries for these formats read each part whole, pictures and fonts too, and know neither ISO's strict namespaces nor
parts that lie about their size; what the parsers need of a package is little, so they take it from here.
"""

import posixpath
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple, NoReturn
from urllib.parse import unquote

from lxml import etree

from apps.documents.errors import ContentTooLarge, UnreadableFile
from apps.documents.ingest.archive import open_archive

# lxml's stubs type elements loosely; everything that leaves the parsers is our own Block.
Element = Any

BROKEN = "This file is broken or incomplete: it cannot be opened. Open it in an Office program and save it again."
_TOO_LARGE = "A part of this file unpacks into more than Quire reads. Split the file into smaller documents."
# A tree takes about twenty-five times as much memory.
_TREE_BYTES_MAX = 60 * 1024 * 1024
_STRICT = b"http://purl.oclc.org/ooxml/"
_TRANSITIONAL = b"http://schemas.openxmlformats.org/"
_MARKUPS = (b"wordprocessingml", b"spreadsheetml", b"presentationml", b"drawingml", b"officeDocument")
_EDITIONS = tuple((_STRICT + name + b"/", _TRANSITIONAL + name + b"/2006/") for name in _MARKUPS)
_UNPACKING = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError, IndexError)


class Link(NamedTuple):
    """A relationship to another part of the same package."""

    id: str
    # The last word of its type: "slide", "footnotes", "oleObject".
    kind: str
    part: str


class Package:
    """Parts are found by names without regard to case, as the standard says; of two with one name the last counts."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._members: dict[str, zipfile.ZipInfo] = {}
        self._kept: dict[str, Element | None] = {}
        self._kept_links: dict[str, dict[str, Link]] = {}
        self._told: set[str] = set()
        for member in archive.infolist():
            self._members[_key(member.filename)] = member

    def __contains__(self, part: str) -> bool:
        return _key(part) in self._members

    @contextmanager
    def open(self, part: str) -> Iterator[IO[bytes]]:
        """Open a part to read it piece by piece; zipfile never unpacks more than the directory says."""
        member = self._members.get(_key(part))
        if member is None:
            raise UnreadableFile(BROKEN)
        try:
            with self._archive.open(member) as file:
                yield file
        except _UNPACKING as error:
            raise UnreadableFile(BROKEN) from error

    def read(self, part: str, limit: int = _TREE_BYTES_MAX) -> bytes:
        with self.open(part) as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise ContentTooLarge(_TOO_LARGE)
        return data

    def tree(self, part: str) -> Element:
        """Return the root of a part; refuse the file if it is not there or not XML."""
        data = self.read(part)
        if _STRICT in data:
            data = _transitional(data)
        return parse_xml(data)

    def tree_or_none(self, part: str) -> Element | None:
        """Return the root of a part that the file can do without."""
        if part not in self:
            return None
        try:
            return self.tree(part)
        except UnreadableFile:
            return None

    def kept_tree(self, part: str) -> Element | None:
        """Return the root of a part that many others refer to; it is parsed once."""
        if part not in self._kept:
            self._kept[part] = self.tree_or_none(part)
        return self._kept[part]

    def is_new(self, part: str) -> bool:
        """Say whether this is the first time that a part is asked for: one that is named a million times is read once."""
        key = _key(part)
        if key in self._told:
            return False
        self._told.add(key)
        return True

    def links(self, part: str) -> dict[str, Link]:
        """Return the relationships of a part inside the package by their ids; those that lead out are left out."""
        if part not in self._kept_links:
            self._kept_links[part] = self._links(part)
        return self._kept_links[part]

    def _links(self, part: str) -> dict[str, Link]:
        folder, name = posixpath.split(part)
        root = self.tree_or_none(posixpath.join(folder, "_rels", f"{name}.rels"))
        links = {}
        for one in root if root is not None else ():
            target = one.get("Target") or ""
            if not isinstance(one.tag, str) or one.get("TargetMode") == "External" or not target:
                continue
            path = posixpath.normpath(posixpath.join("/", folder, unquote(target.replace("\\", "/"))))
            kind = (one.get("Type") or "").rpartition("/")[2]
            links[one.get("Id") or ""] = Link(one.get("Id") or "", kind, path.lstrip("/"))
        return links

    def main_part(self, usual: str) -> str:
        """Return the name of the part that all others hang on."""
        found = next((link.part for link in self.links("").values() if link.kind == "officeDocument"), usual)
        return found if found in self else usual


@contextmanager
def open_package(path: Path) -> Iterator[Package]:
    """Open the package at `path` after a look at its directory."""
    with open_archive(path) as archive:
        yield Package(archive)


def parse_xml(data: bytes) -> Element:
    """Parse with entities, document types and the network off."""
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as error:
        _refuse(error, parser.error_log)


def iter_xml(file: IO[bytes], names: Iterable[str], events: tuple[str, ...] = ("end",)) -> Iterator[tuple[str, Element]]:
    """Yield ends, or starts as well, of the elements with these names as they are read. Who reads them clears them."""
    tags = [f"{{*}}{name}" for name in names]
    parts = etree.iterparse(file, events, tag=tags, resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        yield from parts
    except (etree.LxmlError, ValueError) as error:
        _refuse(error, parts.error_log)


def _refuse(error: Exception, log: Any) -> NoReturn:
    """Tell a part that needs more memory than there is from one that is broken.

    The log is the parser's own: that of the error holds what earlier files have done, too.
    """
    # Any: lxml's stubs do not know what its log is made of.
    if any(entry.type == etree.ErrorTypes.ERR_NO_MEMORY for entry in log):
        raise MemoryError from error
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in log):
        raise ContentTooLarge("The parts of this file are nested too deeply to be read.") from error
    raise UnreadableFile(BROKEN) from error


def local(element: Element) -> str:
    """Return an element's name without its namespace; "" for an entity that was not resolved."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def number(text: str | None, default: int = 0, most: int = 1_000_000) -> int:
    """Return an attribute's whole number, never below 0 or above `most`, or `default` if it is none."""
    if text is None or len(text) > 12 or not (text.isascii() and text.isdigit()):
        return default
    return min(int(text), most)


def _key(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _transitional(data: bytes) -> bytes:
    """Give the strict edition's elements the names that everybody writes."""
    for strict, usual in _EDITIONS:
        data = data.replace(strict, usual)
    return data
