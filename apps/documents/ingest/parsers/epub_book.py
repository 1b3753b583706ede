"""What an EPUB says of itself: its title, its chapters in reading order, their names, and whether it is locked."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import unquote

from apps.documents.errors import EncryptedFile, FileRefused, UnreadableFile
from apps.documents.ingest.archive import read_member
from apps.documents.ingest.parsers.html_tree import Element, declared_charset, parse_tree, parse_xml, tag_of
from apps.documents.ingest.text import decode, flow

_LISTS_BYTES = 8 * 1024 * 1024
_NAME_PIECES = 50
_NAME_CHARS = 300
# A chapter of text and markup; more characters than are read at all do not fit in.
CHAPTER_BYTES = 32 * 1024 * 1024
_BROKEN = "This book is broken: the list of its chapters cannot be read."
_LOCKED = "This book is locked by its publisher (DRM). Quire reads books that are not."
# Fonts are scrambled by these; the text beside them is not.
_FONT_LOCKS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_TEXT_TYPES = ("application/xhtml+xml", "text/html", "text/x-oeb1-document", "application/x-dtbook+xml")
_TEXT_NAMES = (".xhtml", ".html", ".htm", ".xml")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")


@dataclass(slots=True)
class Book:
    title: str
    # Names of members, in reading order, without the list of contents.
    chapters: list[str] = field(default_factory=list)
    # What the list of contents calls them.
    names: dict[str, str] = field(default_factory=dict)


def read_book(archive: zipfile.ZipFile) -> Book:
    """Return what the book says of itself; raise `EncryptedFile` where its text is locked."""
    place = _package_place(archive)
    package = read_xml(archive, place)
    if package is None:
        raise UnreadableFile(_BROKEN)
    items = {item.get("id"): item for item in _named(package, "item")}
    title = next((text for text in (flow("".join(part.itertext())) for part in _named(package, "title")) if text), "")
    book = Book(title)
    for entry in _named(package, "itemref"):
        item = items.get(entry.get("idref"))
        name = _resolve(place, item.get("href")) if item is not None else None
        if item is None or name is None or not _is_text(item):
            continue
        if "nav" not in (item.get("properties") or "").split():
            book.chapters.append(name)
    # A chapter that is listed a thousand times is read once.
    book.chapters = list(dict.fromkeys(book.chapters))
    if not book.chapters:
        raise UnreadableFile(_BROKEN)
    _refuse_locked(archive, book)
    book.names = _names(archive, place, list(items.values()))
    return book


def read_xml(archive: zipfile.ZipFile, name: str, limit: int = _LISTS_BYTES) -> Element | None:
    """Return the root of a member, None where it is missing or broken."""
    try:
        data = read_member(archive, name, limit)
    except FileRefused:
        return None
    text = decode(data, declared_charset(data))
    return parse_xml(text) if text is not None else None


def read_page(archive: zipfile.ZipFile, name: str) -> Element:
    """Return the root of a chapter; raise a `FileRefused` where it cannot be read."""
    data = read_member(archive, name, CHAPTER_BYTES)
    text = decode(data, declared_charset(data))
    if text is None:
        raise UnreadableFile(_BROKEN)
    return parse_tree(text)


def _package_place(archive: zipfile.ZipFile) -> str:
    """Return where the package is: as the container says, else the only one there."""
    container = read_xml(archive, "META-INF/container.xml")
    for rootfile in _named(container, "rootfile") if container is not None else ():
        place = _resolve("", rootfile.get("full-path"))
        if place in archive.NameToInfo:
            return place
    return next((name for name in archive.namelist() if name.lower().endswith(".opf")), "")


def _named(root: Element, name: str) -> Iterator[Element]:
    return (element for element in root.iter() if tag_of(element) == name)


def _resolve(base: str, reference: str | None) -> str | None:
    """Return the member that `reference` names, seen from the member `base`; None for anything out of the book."""
    if not reference or _SCHEME.match(reference) or reference.startswith("/"):
        return None
    name = posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(reference.partition("#")[0])))
    return None if name.startswith("..") else name


def _is_text(item: Element) -> bool:
    return item.get("media-type") in _TEXT_TYPES or (item.get("href") or "").lower().partition("#")[0].endswith(_TEXT_NAMES)


def _refuse_locked(archive: zipfile.ZipFile, book: Book) -> None:
    root = read_xml(archive, "META-INF/encryption.xml")
    if root is None:
        return
    for locked in _named(root, "encrypteddata"):
        methods = {method.get("Algorithm") for method in _named(locked, "encryptionmethod")}
        places = {_resolve("", place.get("URI")) for place in _named(locked, "cipherreference")}
        if not methods <= set(_FONT_LOCKS) and not places.isdisjoint(book.chapters):
            raise EncryptedFile(_LOCKED)


def _names(archive: zipfile.ZipFile, place: str, items: list[Element]) -> dict[str, str]:
    """Return the chapters' names by the list of contents, of EPUB 3 or 2: of a file that holds many, none is its name."""
    names: dict[str, str] = {}
    # Files that are named as a whole, or by one place in them.
    whole: set[str] = set()
    many: set[str] = set()
    for item in items:
        listed = _resolve(place, item.get("href"))
        is_nav = "nav" in (item.get("properties") or "").split()
        if listed is None or not (is_nav or item.get("media-type") == "application/x-dtbncx+xml"):
            continue
        root = read_xml(archive, listed)
        if root is None:
            continue
        for reference, name in _nav_entries(root) if is_nav else _ncx_entries(root):
            chapter = _resolve(listed, reference)
            if chapter is None or not name or names.get(chapter) == name:
                continue
            if "#" not in (reference or "") and chapter not in whole:
                whole.add(chapter)
                names[chapter] = name
            elif chapter not in names:
                names[chapter] = name
            else:
                many.add(chapter)
    return {chapter: name for chapter, name in names.items() if chapter in whole or chapter not in many}


def _nav_entries(root: Element) -> Iterator[tuple[str | None, str]]:
    lists = list(_named(root, "nav"))
    for nav in lists:
        said = next((value for key, value in nav.attrib.items() if key.endswith("type")), "toc")
        if said == "toc" or len(lists) == 1:
            for link in _named(nav, "a"):
                yield link.get("href"), _short_text(link)
            return


def _ncx_entries(root: Element) -> Iterator[tuple[str | None, str]]:
    for point in _named(root, "navpoint"):
        label = next((part for part in point if tag_of(part) == "navlabel"), None)
        content = next((part for part in point if tag_of(part) == "content"), None)
        if label is not None and content is not None:
            yield content.get("src"), _short_text(label)


def _short_text(element: Element) -> str:
    """Return a name; links nested in links would say everything again and again."""
    return flow("".join(islice(element.itertext(), _NAME_PIECES)))[:_NAME_CHARS]
