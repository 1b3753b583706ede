"""Things in things in things, where a reader that calls itself runs out of stack."""

# ruff: noqa: E501  (pieces of files are not broken into lines)

from collections.abc import Callable, Iterator

from tests.documents.hostile.good import WORDS, docx, epub, good, odp, odt
from tests.documents.hostile.shapes import Hostile, listed, make_zip, read_zip, with_member

_HEAD = "From: a@example.org\r\nTo: b@example.org\r\nSubject: Deep\r\nMIME-Version: 1.0\r\n"


def nesting() -> Iterator[Hostile]:
    pages = {
        tag: lambda tag=tag: f"<!doctype html><html><body>{f'<{tag}>' * 60_000}{WORDS}".encode()
        for tag in ("div", "table", "ul", "font", "blockquote", "svg", "select", "button")
    }
    yield from listed("nesting", ".html", {f"{tag} in {tag}": make for tag, make in pages.items()})
    yield from listed("nesting", ".html", _pages())
    yield from listed("nesting", ".md", _markdown())
    # Thousands of passages each.
    yield from listed("nesting", ".txt", {"brackets": lambda: b"[" * 500_000, "json": lambda: b'{"a":' * 200_000 + b"1" + b"}" * 200_000})
    yield from listed("nesting", ".rtf", _rtf())
    yield from listed("nesting", ".eml", _mails())
    yield from listed("nesting", ".docx", _words())
    yield from listed("nesting", ".odt", _open())
    yield from listed("nesting", ".odp", {"frames in frames": lambda: odp("<draw:g>" * 20_000 + f"<text:p>{WORDS}</text:p>" + "</draw:g>" * 20_000)})
    yield from listed("nesting", ".epub", _books())
    yield from listed("nesting", ".pptx", {"groups in groups": lambda: _groups(2000), "ten thousand shapes": lambda: _shapes(10_000)})


def _pages() -> dict[str, Callable[[], bytes]]:
    return {
        "attributes without end": lambda: ("<html><body><p " + " ".join(f"a{n}=b" for n in range(100_000)) + f">{WORDS}").encode(),
        "remark without end": lambda: f"<html><body><p>{WORDS}<!-- ".encode() + b"- " * 200_000,
        "tag without end": lambda: f"<html><body><p>{WORDS}<".encode() + b"a" * 500_000,
        "references without end": lambda: b"<html><body><p>" + b"&#x41;&amp;amp;&#1114112;&#xD800;&#0;&nosuch;" * 5000,
        "script instead of text": lambda: b"<html><body><script>" + b"words " * 100_000,
        "closed more than opened": lambda: f"<html><body>{'</div></p></table>' * 20_000}<p>{WORDS}".encode(),
    }


def _markdown() -> dict[str, Callable[[], bytes]]:
    return {
        "quotes in quotes": lambda: b"> " * 30_000 + WORDS.encode(),
        "lists in lists": lambda: b"".join(b" " * (2 * depth) + b"- word\n" for depth in range(800)),
        "stars": lambda: b"*a **b " * 30_000,
        "links in links": lambda: b"[" * 20_000 + b"a" + b"](b)" * 20_000,
        "ticks": lambda: b"".join(b"`" * number + b" a " for number in range(1, 900)),
        "references": lambda: b"".join(f"[{n}]: x\n".encode() for n in range(5_000)) + b"[0]" * 20_000,
        "table of bars": lambda: b"|" * 30_000 + b"\n" + b"|-" * 15_000 + b"\n" + b"|" * 30_000,
        "page inside": lambda: b"<div>\n\n" * 20_000 + WORDS.encode(),
        "fence without end": lambda: b"```\n" + b"words\n" * 50_000,
    }


def _rtf() -> dict[str, Callable[[], bytes]]:
    words = WORDS.encode()
    return {
        "groups in groups": lambda: b"{\\rtf1 " + b"{" * 100_000 + words + b"}" * 100_001,
        "groups without end": lambda: b"{\\rtf1 " + b"{\\b " * 100_000 + words,
        "closed more than opened": lambda: b"{\\rtf1 " + words + b"}" * 100_000 + words,
        "binary that is a lie": lambda: b"{\\rtf1\\ansi{\\pict\\bin2147483647 " + bytes(1000) + b"}" + words + b"}",
        "binary below nothing": lambda: b"{\\rtf1\\ansi{\\pict\\bin-5 " + bytes(10) + b"}" + words + b"}",
        "letters that are halves": lambda: b"{\\rtf1\\ansi \\u-10240?\\u55357?\\u56832?\\u99999999?\\uc65535\\u65? " + words + b"}",
        "words without end": lambda: b"{\\rtf1 \\" + b"a" * 500_000 + b" " + words + b"}",
        "code page of none": lambda: b"{\\rtf1\\ansi\\ansicpg99999 \\'ff\\'zz\\'" + words + b"}",
        "number too long": lambda: b"{\\rtf1\\fs" + b"9" * 10_000 + b" " + words + b"}",
        "object of a program": lambda: b"{\\rtf1{\\object\\objemb\\objupdate{\\*\\objdata " + b"d0cf11e0" * 10_000 + b"}}" + words + b"}",
        "table cells without end": lambda: b"{\\rtf1 " + b"\\trowd\\cell\\row" * 30_000 + words + b"}",
        "head alone": lambda: b"{\\rtf1",
    }


def _mails() -> dict[str, Callable[[], bytes]]:
    def parts_in_parts(depth: int) -> bytes:
        heads = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(depth))
        ends = "".join(f"\r\n--b{n}--\r\n" for n in reversed(range(depth)))
        return f"{_HEAD}{heads}Content-Type: text/plain\r\n\r\n{WORDS}{ends}".encode()

    def mails_in_mails(depth: int) -> bytes:
        return ((_HEAD + "Content-Type: message/rfc822\r\n\r\n") * depth + _HEAD + "\r\n" + WORDS).encode()

    def attached(name: str, data: bytes, kind: str = "application/octet-stream", count: int = 1) -> bytes:
        import base64

        packed = base64.encodebytes(data).decode()
        part = f'--b\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\n{packed}\r\n'
        return f'{_HEAD}Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n{WORDS}\r\n{part * count}--b--\r\n'.encode()

    return {
        "parts in parts": lambda: parts_in_parts(1500),
        "mails in mails": lambda: mails_in_mails(400),
        "same boundary in itself": lambda: (
            _HEAD + 'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + '--b\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n' * 500 + WORDS
        ).encode(),
        "no boundary": lambda: f"{_HEAD}Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\n{WORDS}\r\n--b--".encode(),
        "boundary of nothing": lambda: f'{_HEAD}Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\n{WORDS}\r\n----'.encode(),
        "ten thousand parts": lambda: (
            _HEAD + 'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + f"--b\r\nContent-Type: text/plain\r\n\r\n{WORDS[:20]}\r\n" * 10_000 + "--b--"
        ).encode(),
        "heads without end": lambda: (
            b"From: a@b\r\nSubject: x\r\n" + b"".join(f"X-{n}: {'y' * 60}\r\n".encode() for n in range(20_000)) + b"\r\n" + WORDS.encode()
        ),
        "one long head": lambda: b"From: a@b\r\nSubject: " + b"=?utf-8?b?d29yZHM=?= " * 20_000 + b"\r\n\r\n" + WORDS.encode(),
        "letters that are no code": lambda: (
            f"{_HEAD}Content-Type: text/plain; charset=no-such-set\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!! not base64 at all ====\r\n".encode()
        ),
        "quoted badly": lambda: (
            f"{_HEAD}Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{WORDS} =ZZ =E2=82 =\r\n=".encode()
        ),
        "uuencoded": lambda: f"{_HEAD}Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 ../../x\r\n#0V%T\r\n`\r\nend\r\n{WORDS}".encode(),
        "subject of two lines": lambda: f"From: a@b\r\nSubject: one\r\n\ttwo\r\n three\r\nDate: never\r\nTo: <\r\n\r\n{WORDS}".encode(),
        "attached climbs out": lambda: attached("../../../../tmp/quire-attached.txt", WORDS.encode() * 3, "text/plain"),
        "attached with no name": lambda: attached("", WORDS.encode() * 3, "text/plain"),
        "attached with an odd name": lambda: attached("a\u202egpj.exe" + "n" * 400 + ".txt", WORDS.encode() * 3, "text/plain"),
        "attached bomb": lambda: attached("a.docx", _bomb(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        "attached itself": lambda: attached("mail.eml", good(".eml"), "message/rfc822"),
        "attached program": lambda: attached("a.exe", b"MZ" + bytes(2000)),
        "attached broken": lambda: attached("a.pdf", b"%PDF-1.4 broken", "application/pdf"),
        "attached nothing": lambda: attached("a.txt", b"", "text/plain"),
        "attached many": lambda: attached("a.bin", b"MZ", count=800),
    }


def _bomb() -> bytes:
    from tests.documents.hostile.bombs_zip import giant_member

    return giant_member(".docx", 310)


def _words() -> dict[str, Callable[[], bytes]]:
    def runs(depth: int) -> bytes:
        body = read_zip(docx())["word/document.xml"].decode()
        text = f"<w:r><w:t>{WORDS}</w:t></w:r>"
        return with_member(docx(), "word/document.xml", body.replace("<w:body>", f"<w:body><w:p>{'<w:ins>' * depth}{text}{'</w:ins>' * depth}</w:p>"))

    def styles_in_a_loop() -> bytes:
        styles = read_zip(docx())["word/styles.xml"].decode()
        loop = '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:basedOn w:val="Loop"/></w:style><w:style w:type="paragraph" w:styleId="Loop"><w:name w:val="loop"/><w:basedOn w:val="Heading1"/></w:style>'
        return with_member(docx(), "word/styles.xml", styles.replace("</w:styles>", f"{loop}</w:styles>"))

    def paragraphs(count: int) -> bytes:
        body = read_zip(docx())["word/document.xml"].decode()
        return with_member(docx(), "word/document.xml", body.replace("<w:body>", "<w:body>" + "<w:p/>" * count))

    return {
        "runs in runs": lambda: runs(5000),
        "styles in a loop": styles_in_a_loop,
        "half a million empty paragraphs": lambda: paragraphs(500_000),
        "document in document": lambda: make_zip({**read_zip(docx()), "word/embeddings/a.docx": docx(), "word/afchunk.docx": docx()}),
    }


def _open() -> dict[str, Callable[[], bytes]]:
    return {
        "lists in lists": lambda: odt("<text:list><text:list-item>" * 10_000 + f"<text:p>{WORDS}</text:p>" + "</text:list-item></text:list>" * 10_000),
        "spans in spans": lambda: odt("<text:p>" + "<text:span>" * 50_000 + WORDS + "</text:span>" * 50_000 + "</text:p>"),
        "sections in sections": lambda: odt("<text:section>" * 10_000 + f"<text:p>{WORDS}</text:p>" + "</text:section>" * 10_000),
    }


def _books() -> dict[str, Callable[[], bytes]]:
    package = read_zip(epub())["OEBPS/content.opf"].decode()

    def with_package(old: str, new: str) -> Callable[[], bytes]:
        assert old in package
        return lambda: with_member(epub(), "OEBPS/content.opf", package.replace(old, new))

    return {
        "same chapter ten thousand times": with_package('<itemref idref="c1"/>', '<itemref idref="c1"/>' * 10_000),
        "chapter that is not there": with_package('<itemref idref="c1"/>', '<itemref idref="nothing"/>'),
        "package is its chapter": with_package('href="one.xhtml"', 'href="content.opf"'),
        "chapter is the table of itself": with_package('media-type="application/xhtml+xml"', 'media-type="application/xhtml+xml" properties="nav"'),
        "deep chapter": lambda: epub(f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{"<div>" * 20_000}<p>{WORDS}</p>{"</div>" * 20_000}</body></html>'),
        "locked chapters": lambda: make_zip(
            {
                **read_zip(epub()),
                "META-INF/encryption.xml": '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#"><CipherData><CipherReference URI="OEBPS/one.xhtml"/></CipherData></EncryptedData></encryption>',
            }
        ),
        "chapter of megabytes": lambda: with_member(epub(), "OEBPS/one.xhtml", "<html><body><p>" + "words " * 500_000 + "</p></body></html>"),
    }


def _groups(depth: int) -> bytes:
    slide = read_zip(good(".pptx"))["ppt/slides/slide1.xml"].decode()
    return with_member(good(".pptx"), "ppt/slides/slide1.xml", slide.replace("</p:spTree>", "<p:grpSp>" * depth + "</p:grpSp>" * depth + "</p:spTree>"))


def _shapes(count: int) -> bytes:
    slide = read_zip(good(".pptx"))["ppt/slides/slide1.xml"].decode()
    start = slide.index("<p:sp>")
    one = slide[start : slide.index("</p:sp>", start) + 7]
    return with_member(good(".pptx"), "ppt/slides/slide1.xml", slide.replace("</p:spTree>", one * count + "</p:spTree>"))
