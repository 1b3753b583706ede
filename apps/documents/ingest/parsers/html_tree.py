"""Text of HTML or XHTML to a tree: entities, network and other documents are off, and nothing is ever followed."""

import re
from html.entities import html5
from typing import Any

from lxml import etree

from apps.documents.errors import ContentTooLarge, EmptyFile, UnreadableFile

# lxml's stubs type elements loosely; everything that leaves these modules is our own Block.
Element = Any

_CHARSET = re.compile(rb"(?:charset|<\?xml[^>]{0,80}encoding)\s*=\s*[\"']?\s*([a-zA-Z0-9_.:-]+)", re.IGNORECASE)
_IS_XHTML = re.compile(r"\s*(?:<\?xml\b|<!DOCTYPE\s+html\s+PUBLIC[^>]*XHTML|<html[^>]*xmlns\s*=)", re.IGNORECASE)
_XML_HEAD = re.compile(r"\s*<\?xml\b[^>]*\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE\b[^\[>]*(?:\[[^\]]*\]\s*)?>", re.IGNORECASE)
_ENTITY = re.compile(r"&([a-zA-Z][a-zA-Z0-9]{1,31});")
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{20000,}")
# libxml2 compares each attribute of an element with all others.
_ATTRIBUTES_MAX = 2000
_KEPT_ENTITIES = frozenset(["lt", "gt", "amp", "quot", "apos"])
_SKIPPED_TAGS = """script style noscript noframes template head title svg canvas button select input textarea option datalist
    iframe object embed applet audio video map rp rt"""
_SKIPPED = frozenset(_SKIPPED_TAGS.split())
_HIDING = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_HIDDEN_CLASSES = frozenset(["sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "screen-reader-only", "mw-editsection", "headerlink"])


def declared_charset(data: bytes) -> str | None:
    """Return the charset that the page names near its beginning."""
    found = _CHARSET.search(data[:4096])
    return found[1].decode("ascii") if found else None


def parse_tree(text: str) -> Element:
    """Return the root of the page. XHTML is read as XML where it is well-formed: an empty title would swallow the page as HTML."""
    if any(len(tag[0].split(None, _ATTRIBUTES_MAX)) > _ATTRIBUTES_MAX for tag in _LONG_TAG.finditer(text)):
        raise UnreadableFile("This file is not HTML that can be read: an element of it has thousands of attributes.")
    root = parse_xml(text) if _IS_XHTML.match(text) else None
    return root if root is not None else _as_html(text)


def parse_xml(text: str) -> Element | None:
    """Return the root of XML, None where it is not well-formed."""
    # Without its document type no entity is left that could grow or point anywhere; HTML's own become letters.
    text = _DOCTYPE.sub("", _XML_HEAD.sub("", text, count=1), count=1)
    text = _ENTITY.sub(_letter, text)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        return etree.fromstring(text.encode("utf-8", errors="replace"), parser)
    except (etree.LxmlError, ValueError):
        return None


def _letter(found: re.Match[str]) -> str:
    return found[0] if found[1] in _KEPT_ENTITIES else html5.get(f"{found[1]};", found[0])


def _as_html(text: str) -> Element:
    # A "huge" tree is one 2,048 deep; the size of the file is limited before it gets here.
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = etree.fromstring(_XML_HEAD.sub("", text, count=1).encode("utf-8", errors="replace"), parser)
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableFile("This file is not HTML that can be read.") from error
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log.filter_from_fatals()):
        raise ContentTooLarge("The parts of this page are nested too deeply to be read.")
    if root is None:
        raise EmptyFile("There is no text in this file.")
    return root


def tag_of(element: Element) -> str:
    """Return the name without namespace; "" for what is no element (entities that nobody defined)."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def class_names(element: Element) -> list[str]:
    return (element.get("class") or "").lower().split()


def is_hidden(element: Element, tag: str) -> bool:
    """Tell whether a reader of the page never sees this."""
    if tag in _SKIPPED or not tag:
        return True
    attributes = element.attrib
    if not attributes:
        return tag == "dialog"
    if "hidden" in attributes or attributes.get("aria-hidden") == "true" or (tag == "dialog" and "open" not in attributes):
        return True
    if _HIDING.search(attributes.get("style", "")):
        return True
    return not _HIDDEN_CLASSES.isdisjoint(class_names(element))
