"""HTML tags in an answer: harmless ones stay, images and links to foreign hosts go, all that runs, fetches or hides is made text."""

import re
from dataclasses import dataclass

from apps.gateway.guards.addresses import Hosts, Kind, is_word


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# They run, fetch, ask or hide by themselves, or change how what follows is read.
_ACTIVE = _names(
    "script style iframe frame frameset object embed applet base meta link form input button textarea select option isindex svg math image video audio"
    " source track picture portal template noscript noembed noframes xmp plaintext title head html body listing marquee bgsound keygen area map canvas"
    " dialog slot pre fencedframe param foreignobject use animate set xml import"
)
# With these a line of raw HTML begins, even where the tag is never finished.
_BLOCKS = _names(
    "address article aside basefont blockquote body caption center col colgroup dd details dir div dl dt fieldset figcaption figure footer h1 h2 h3 h4 h5 h6"
    " header hr legend li main menu menuitem nav ol optgroup p search section summary table tbody td tfoot th thead tr ul img a"
)
_TEXT_ATTRIBUTES = _names(
    "alt title class id width height align valign colspan rowspan lang dir name start type open rel target role summary label scope span size color face"
    " border cellpadding cellspacing aria-label aria-hidden datetime loading decoding tabindex translate hidden"
)
_TAG = re.compile(r"<(?P<slash>/?)(?P<name>[A-Za-z][^\s/<>]*)(?P<attributes>[^<>]*)>")
_BODY = re.compile(r"<[^<>]*")
_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.\-]{1,31}:[^\s<>]*)>")
_ATTRIBUTE = re.compile(r"\s*/?\s*([^\s\"'<>/=]+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'<>=`]+))?")
_BLANK_LINE = re.compile(r"(?:\r\n|\r(?!\n)|\n)[ \t]*[\r\n]")
_STYLE = re.compile(r"url|@|\\|image|expression|behavio|&|/\*|//", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`what`: keep, text (a mark of the text), break (make it one), close (of a link), anchor, image or address: `shown` stays of it."""

    what: str
    end: int = 1
    shown: str = ""
    is_html: bool = True
    is_foreign: bool = False


def read_tag(window: str, hosts: Hosts, *, is_end: bool, is_cut: bool) -> Verdict | None:
    """Read what begins with "<" and a letter. None: it is not decided yet. `is_cut`: it is longer than anybody waits."""
    body = _BODY.match(window)
    assert body is not None
    blank = _BLANK_LINE.search(body[0])
    if body.end() == len(window) and blank is None:
        return _unfinished(body[0], is_cut=is_cut) if is_end else None
    if blank is not None or window[body.end()] != ">":
        return _unfinished(body[0][: blank.start()] if blank else body[0], is_cut=False)
    whole = window[: body.end() + 1]
    if match := _AUTOLINK.fullmatch(whole):
        return _read_autolink(match[1], len(whole), hosts)
    match = _TAG.fullmatch(whole)
    assert match is not None
    return _read_whole(match, hosts)


def _unfinished(body: str, *, is_cut: bool) -> Verdict:
    """No tag to most, but some read on behind an empty line: so none that could do harm stays."""
    name = re.split(r"[\s/]", body.lstrip("</"), maxsplit=1)[0].lower()
    is_harmless = not is_cut and "=" not in body and name not in _ACTIVE and name not in _BLOCKS
    return Verdict("text" if is_harmless else "break")


def _read_autolink(target: str, end: int, hosts: Hosts) -> Verdict:
    address = hosts.read(target)
    if address.is_kept:
        return Verdict("keep", end, is_html=False)
    if address.kind is Kind.BAD:
        return Verdict("keep", end, is_html=False) if is_word(target) else Verdict("break", is_foreign=True)
    return Verdict("address", end, address.shown or "link")


def _read_whole(match: re.Match[str], hosts: Hosts) -> Verdict:
    name, attributes = match["name"].lower(), match["attributes"]
    if match["slash"]:
        if "=" in attributes or name in _ACTIVE:
            return Verdict("break")
        return Verdict("close" if name == "a" else "keep", match.end())
    if name in _ACTIVE:
        return Verdict("break", is_foreign=True)
    read = _read_attributes(attributes)
    if read is None:
        return Verdict("break", is_foreign=True)
    shown = _foreign_host(name, read, hosts)
    if shown is None:
        return Verdict("keep", match.end())
    if name == "img":
        return Verdict("image", match.end(), read.get("alt", ""))
    return Verdict("anchor", match.end(), shown) if name == "a" else Verdict("break", is_foreign=True)


def _read_attributes(text: str) -> dict[str, str] | None:
    """None: not written as they have to be, so nobody knows how it is read."""
    read: dict[str, str] = {}
    at = 0
    while match := _ATTRIBUTE.match(text, at):
        value = match[2] or ""
        read.setdefault(match[1].lower(), value[1:-1] if value[:1] in "\"'" else value)
        at = match.end()
    return read if not text[at:].strip(" \t\r\n/") else None


def _foreign_host(name: str, attributes: dict[str, str], hosts: Hosts) -> str | None:
    """None: nothing in it leads anywhere foreign. Else where the link does, as far as that may be shown."""
    shown = None
    for attribute, value in attributes.items():
        if attribute in _TEXT_ATTRIBUTES:
            continue
        if attribute.startswith(("on", "srcdoc", "xmlns")) or attribute == "is" or (attribute == "style" and _STYLE.search(value)):
            return ""
        if attribute == "style":
            continue
        for target in re.split(r"[\s,]+", value) if attribute == "srcset" else (value,):
            address = hosts.read(target)
            if not address.is_kept:
                shown = address.shown
    return shown
