"""Entities that multiply or fetch, and relationships that lead out of the file, in every format that is XML inside."""

# ruff: noqa: E501  (pieces of files are not broken into lines)

from collections.abc import Callable, Iterator

from tests.documents.hostile.good import MAIN_MEMBERS, WORDS, good
from tests.documents.hostile.shapes import Hostile, Lures, listed, make_zip, read_zip, with_member

# Which parts of which format are attacked; the first of each is where the text is.
_PARTS = {
    ".docx": ("word/document.xml", "[Content_Types].xml"),
    ".xlsx": ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"),
    ".pptx": ("ppt/slides/slide1.xml", "ppt/presentation.xml"),
    ".odt": ("content.xml", "META-INF/manifest.xml"),
    ".ods": ("content.xml",),
    ".odp": ("content.xml",),
    ".epub": ("OEBPS/one.xhtml", "META-INF/container.xml", "OEBPS/content.opf"),
}
_LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha ha ha ha ha ha ha ha ha ha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def xml_bombs(lures: Lures) -> Iterator[Hostile]:
    for suffix, parts in _PARTS.items():
        for part in parts:
            makers = {f"{key} in {part.rpartition('/')[2]}": _attack(suffix, part, attack) for key, attack in _attacks(lures).items()}
            yield from listed("xml", suffix, makers)


def outward(lures: Lures) -> Iterator[Hostile]:
    """Nothing of this may be fetched or read."""
    image = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}"
    makers: dict[str, Callable[[], bytes]] = {
        f"{kind} at {where}.docx": lambda kind=kind, target=target: _related(".docx", "word/_rels/document.xml.rels", image.format(kind), target)
        for kind in ("image", "attachedTemplate", "oleObject", "aFChunk", "subDocument")
        for where, target in (("a server", lures.url), ("a file", f"file://{lures.path}"))
    }
    makers |= {
        "image at a server.pptx": lambda: _related(".pptx", "ppt/slides/_rels/slide1.xml.rels", image.format("image"), lures.url),
        "media at a share.pptx": lambda: _related(".pptx", "ppt/slides/_rels/slide1.xml.rels", image.format("video"), "\\\\127.0.0.1\\share\\video"),
        "book at a server.xlsx": lambda: _related(".xlsx", "xl/_rels/workbook.xml.rels", image.format("externalLink"), lures.url),
        "document is elsewhere.docx": lambda: with_member(good(".docx"), "_rels/.rels", _relationship(image.format("officeDocument"), lures.url, "External")),
        "document climbs out.docx": lambda: with_member(
            good(".docx"), "_rels/.rels", _relationship(image.format("officeDocument"), "../../../../etc/passwd", "Internal")
        ),
        "picture.odt": lambda: _replaced(".odt", "<text:p>", f'<text:p><draw:frame><draw:image xlink:href="{lures.url}"/></draw:frame>'),
        "section from a file.odt": lambda: _replaced(
            ".odt", "<text:p>", f'<text:section text:name="s"><text:section-source xlink:href="file://{lures.path}"/></text:section><text:p>'
        ),
        "table from a server.ods": lambda: _replaced(".ods", "<table:table-row>", f'<table:table-source xlink:href="{lures.url}"/><table:table-row>'),
        "chapter at a server.epub": lambda: _replaced(".epub", 'href="one.xhtml"', f'href="{lures.url}"', "OEBPS/content.opf"),
        "chapter climbs out.epub": lambda: _replaced(".epub", 'href="one.xhtml"', 'href="../../../../../../etc/passwd"', "OEBPS/content.opf"),
        "package climbs out.epub": lambda: _replaced(".epub", 'full-path="OEBPS/content.opf"', 'full-path="/etc/passwd"', "META-INF/container.xml"),
        "pictures and frames.epub": lambda: _replaced(".epub", "<h1>", _fetching(lures) + "<h1>"),
        "pictures and frames.html": lambda: (
            f"<!doctype html><html><head>{_fetching(lures)}</head><body>{_fetching(lures)}<p>{WORDS}</p></body></html>".encode()
        ),
        "base and refresh.html": lambda: (
            f'<html><head><base href="{lures.url}"><meta http-equiv=refresh content="0;url=file://{lures.path}"></head><body><p>{WORDS}</p></body></html>'.encode()
        ),
        "links.md": lambda: f'![a]({lures.url})\n\n[b]: file://{lures.path}\n\n[b][b] <img src="{lures.url}">\n\n{WORDS}'.encode(),
        "picture from a file.rtf": lambda: (
            r'{\rtf1{\field{\*\fldinst INCLUDEPICTURE "' + lures.url + r'"}{\fldrslt x}}{\field{\*\fldinst INCLUDETEXT "' + lures.path + '"}} ' + WORDS + "}"
        ).encode(),
        "body is elsewhere.eml": lambda: (
            f'From: a@b\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: message/external-body; access-type=URL; URL="{lures.url}"\r\n\r\nContent-Type: text/plain\r\n\r\n{WORDS}'.encode()
        ),
        "formulas that fetch.csv": lambda: f'=WEBSERVICE("{lures.url}"),=HYPERLINK("{lures.url}")\n{WORDS},b\n'.encode(),
    }
    yield from listed("outward", "", makers)


def _attacks(lures: Lures) -> dict[str, Callable[[str], str]]:
    """Each takes a part's root element and returns the part; `&x;` stands where the text begins."""

    def plain(declaration: str) -> Callable[[str], str]:
        return lambda root: f'<?xml version="1.0" encoding="UTF-8"?>{declaration}{root}'

    return {
        "laughs": lambda root: f'<?xml version="1.0"?>{_LAUGHS}]>{root.replace("&x;", "&i;")}',
        "one long entity": lambda root: f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY x "{"a" * 100_000}">]>{root.replace("&x;", "&x;" * 10_000)}',
        "file": plain(f'<!DOCTYPE x [<!ENTITY x SYSTEM "file://{lures.path}">]>'),
        "server": plain(f'<!DOCTYPE x [<!ENTITY x SYSTEM "{lures.url}">]>'),
        "parameter": plain(f'<!DOCTYPE x SYSTEM "{lures.url}" [<!ENTITY % p SYSTEM "{lures.url}">%p;]>'),
        "itself": plain('<!DOCTYPE x [<!ENTITY x "&y;"><!ENTITY y "&x;">]>'),
    }


def _attack(suffix: str, part: str, attack: Callable[[str], str]) -> Callable[[], bytes]:
    def make() -> bytes:
        members = read_zip(good(suffix))
        whole = members[part].decode()
        root = whole[whole.find("<", whole.find("?>") + 2 if "?>" in whole else 0) :]
        # Behind the first start tag, and where the text is.
        end = root.find(">") + 1
        marked = root.replace(WORDS, f"&x;{WORDS}") if WORDS in root and part == MAIN_MEMBERS[suffix] else f"{root[:end]}&x;{root[end:]}"
        return make_zip({**members, part: attack(marked)})

    return make


def _related(suffix: str, place: str, kind: str, target: str) -> bytes:
    members = read_zip(good(suffix))
    relations = (
        members[place].decode().replace("</Relationships>", f'<Relationship Id="rLure" Type="{kind}" Target="{target}" TargetMode="External"/></Relationships>')
    )
    main = MAIN_MEMBERS[suffix]
    drawing = '<w:p xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><w:altChunk r:id="rLure"/></w:p>'
    body = members[main].decode()
    return make_zip({**members, place: relations, main: body.replace("<w:body>", f"<w:body>{drawing}")})


def _relationship(kind: str, target: str, mode: str) -> str:
    return f'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{kind}" Target="{target}" TargetMode="{mode}"/></Relationships>'


def _replaced(suffix: str, old: str, new: str, part: str = "") -> bytes:
    part = part or MAIN_MEMBERS[suffix]
    text = read_zip(good(suffix))[part].decode()
    assert old in text
    return with_member(good(suffix), part, text.replace(old, new, 1))


def _fetching(lures: Lures) -> str:
    url, path = lures.url, lures.path
    return (
        f'<img src="{url}"/><img src="file://{path}"/><iframe src="{url}"></iframe><object data="file://{path}"></object><script src="{url}"></script>'
        f'<link rel="stylesheet" href="{url}"/><embed src="{url}"/><video src="{url}"></video><svg><image href="{url}"/></svg>'
    )
