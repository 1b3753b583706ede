"""PDFs that never end, that hold more than there is, or that speak nonsense where a reader does not expect it."""

# ruff: noqa: E501  (pieces of files are not broken into lines)

import zlib
from collections.abc import Callable, Iterator, Mapping

from tests.documents.hostile.good import WORDS
from tests.documents.hostile.shapes import Hostile, Lures, listed, zeros_deflated

_TEXT = f"BT /F 12 Tf 72 700 Td ({WORDS}) Tj ET".encode()
_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def stream(data: bytes, entries: str = "", *, length: int | None = None) -> bytes:
    return f"<</Length {len(data) if length is None else length} {entries}>>\nstream\n".encode() + data + b"\nendstream"


def pdf(objects: Mapping[int, bytes], *, trailer: str = "") -> bytes:
    """A file with these objects and a right table of them; object 1 is its catalogue."""
    out, places = b"%PDF-1.7\n", {}
    for number, body in objects.items():
        places[number] = len(out)
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    size = max(objects) + 1
    rows = "".join(f"{places[number]:010d} 00000 n \n" if number in places else "0000000000 65535 f \n" for number in range(size))
    return out + f"xref\n0 {size}\n{rows}trailer\n<</Size {size}/Root 1 0 R {trailer}>>\nstartxref\n{len(out)}\n%%EOF".encode()


def page(
    content: bytes | None = None,
    *,
    box: str = "0 0 612 792",
    resources: str = "",
    more: Mapping[int, bytes] | None = None,
    catalog: str = "",
    entries: str = "",
) -> bytes:
    """One page that shows `content`, which is the whole of object 4."""
    return pdf(
        {
            1: f"<</Type/Catalog/Pages 2 0 R {catalog}>>".encode(),
            2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            3: f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>{resources}>>{entries}>>".encode(),
            4: stream(_TEXT) if content is None else content,
            5: _FONT,
            **(more or {}),
        }
    )


def pdf_bombs(lures: Lures) -> Iterator[Hostile]:
    yield from listed("pdf", ".pdf", _trees())
    yield from listed("pdf", ".pdf", _streams())
    yield from listed("pdf", ".pdf", _pictures())
    yield from listed("pdf", ".pdf", _texts())
    yield from listed("pdf", ".pdf", _nonsense())
    yield from listed("pdf", ".pdf", _actions(lures))
    heavy = {
        "giant stream": lambda: page(stream(zeros_deflated(1000, wrapped=True), "/Filter/FlateDecode")),
        "giant picture": lambda: page(
            stream(_TEXT + b" /I Do"),
            resources="/XObject<</I 6 0 R>>",
            more={
                6: stream(
                    zeros_deflated(900, wrapped=True), "/Subtype/Image/Width 30000/Height 30000/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/FlateDecode"
                )
            },
        ),
        "stream in streams": lambda: page(
            stream(zlib.compress(zlib.compress(zeros_deflated(1000, wrapped=True), 9), 9), "/Filter[/FlateDecode/FlateDecode/FlateDecode]")
        ),
        "endless drawing": lambda: page(stream(zlib.compress(b"q 1 0 0 1 0 0 cm 0 0 m 9 9 l S Q\n" * 3_000_000, 9), "/Filter/FlateDecode")),
        "endless text": lambda: page(stream(zlib.compress(b"BT /F 9 Tf " + b"(words and words) Tj 0 -1 Td " * 1_000_000 + b"ET", 9), "/Filter/FlateDecode")),
        "million pages in truth": lambda: _tree(1_000, 1_000),
    }
    yield from listed("pdf", ".pdf", heavy, is_heavy=True)


def _trees() -> dict[str, Callable[[], bytes]]:
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"
    rest = {4: stream(_TEXT), 5: _FONT}
    catalog = b"<</Type/Catalog/Pages 2 0 R>>"
    deep = {number: f"<</Type/Pages/Kids[{number + 1} 0 R]/Count 1/Parent {max(2, number - 1)} 0 R>>".encode() for number in range(10, 6010)}
    return {
        "tree in a loop": lambda: pdf({1: catalog, 2: b"<</Type/Pages/Kids[2 0 R]/Count 1>>"}),
        "tree of two in a loop": lambda: pdf({1: catalog, 2: b"<</Type/Pages/Kids[3 0 R]/Count 9>>", 3: b"<</Type/Pages/Kids[2 0 R]/Count 9/Parent 2 0 R>>"}),
        "million pages said": lambda: pdf({1: catalog, 2: b"<</Type/Pages/Kids[3 0 R]/Count 1000000>>", 3: leaf, **rest}),
        "pages below nothing": lambda: pdf({1: catalog, 2: b"<</Type/Pages/Kids[3 0 R]/Count -5>>", 3: leaf, **rest}),
        "more pages than numbers": lambda: pdf({1: catalog, 2: b"<</Type/Pages/Kids[3 0 R]/Count 99999999999999999999>>", 3: leaf, **rest}),
        "one page five thousand times": lambda: pdf({1: catalog, 2: b"<</Type/Pages/Kids[" + b"3 0 R " * 5000 + b"]/Count 5000>>", 3: leaf, **rest}),
        "tree as deep as it goes": lambda: pdf({1: catalog, 2: b"<</Type/Pages/Kids[10 0 R]/Count 1>>", **deep, 6010: leaf, **rest}),
        "no pages": lambda: pdf({1: catalog, 2: b"<</Type/Pages/Kids[]/Count 0>>"}),
        "no tree": lambda: pdf({1: b"<</Type/Catalog>>"}),
        "catalogue is itself": lambda: pdf({1: b"<</Type/Catalog/Pages 1 0 R>>"}),
        "page is a number": lambda: pdf({1: catalog, 2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>", 3: b"42"}),
        "parent in a loop": lambda: pdf(
            {1: catalog, 2: b"<</Type/Pages/Kids[3 0 R]/Count 1/Parent 3 0 R>>", 3: b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>", **rest}
        ),
        "outline in a loop": lambda: page(
            catalog="/Outlines 7 0 R", more={7: b"<</First 8 0 R/Last 8 0 R/Count 1>>", 8: b"<</Title(a)/Next 8 0 R/First 8 0 R/Parent 8 0 R>>"}
        ),
        "names in a loop": lambda: page(catalog="/Names<</Dests 7 0 R>>", more={7: b"<</Kids[7 0 R]/Limits[(a)(z)]>>"}),
        "marks in a loop": lambda: page(
            catalog="/MarkInfo<</Marked true>>/StructTreeRoot 7 0 R",
            more={7: b"<</Type/StructTreeRoot/K 8 0 R>>", 8: b"<</Type/StructElem/S/P/P 7 0 R/K[8 0 R 8 0 R]>>"},
        ),
    }


def _tree(width: int, height: int) -> bytes:
    """A million pages in two thousand words: every branch is the same one."""
    leaf = b"<</Type/Page/Parent 6 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"
    many = f"<</Type/Pages/Kids[{'6 0 R ' * width}]/Count {width * height}>>".encode()
    few = f"<</Type/Pages/Parent 2 0 R/Kids[{'3 0 R ' * height}]/Count {height}>>".encode()
    return pdf({1: b"<</Type/Catalog/Pages 2 0 R>>", 2: many, 3: leaf, 4: stream(_TEXT), 5: _FONT, 6: few})


def _streams() -> dict[str, Callable[[], bytes]]:
    flate = zlib.compress(_TEXT)
    return {
        "length of a stream is a lie": lambda: page(stream(_TEXT, length=2_000_000_000)),
        "length below nothing": lambda: page(stream(_TEXT, length=-1)),
        "length is its own stream": lambda: page(b"<</Length 4 0 R>>\nstream\n" + _TEXT + b"\nendstream"),
        "stream without end": lambda: page(b"<</Length 99>>\nstream\n" + _TEXT),
        "contents in a loop": lambda: page(b"[4 0 R 4 0 R 4 0 R]"),
        "hundred filters": lambda: page(stream(flate, "/Filter[" + "/FlateDecode" * 100 + "]")),
        "unknown filter": lambda: page(stream(flate, "/Filter/RubbishDecode")),
        "wide predictor": lambda: page(stream(flate, "/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 2147483647/Colors 32/BitsPerComponent 16>>")),
        "lzw rubbish": lambda: page(stream(bytes(range(256)) * 40, "/Filter/LZWDecode")),
        "run length bomb": lambda: page(stream(b"\x81 " * 500_000, "/Filter/RunLengthDecode")),
        "letters that are no code": lambda: page(stream(b"z" * 100_000 + b"~>", "/Filter/ASCII85Decode")),
        "flate cut in the middle": lambda: page(stream(flate[: len(flate) // 2], "/Filter/FlateDecode")),
        "form in itself": lambda: page(
            stream(_TEXT + b" /X Do"),
            resources="/XObject<</X 6 0 R>>",
            more={6: stream(b"/X Do /X Do", "/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>")},
        ),
        "pattern in itself": lambda: page(
            stream(b"/Pattern cs /P scn 0 0 600 700 re f " + _TEXT),
            resources="/Pattern<</P 6 0 R>>",
            more={
                6: stream(
                    b"/Pattern cs /P scn 0 0 9 9 re f",
                    "/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 9 9]/XStep 0.0001/YStep 0.0001/Resources<</Pattern<</P 6 0 R>>>>",
                )
            },
        ),
        "objects extend themselves": lambda: page(more={6: stream(b"7 0 42", "/Type/ObjStm/N 1/First 4/Extends 6 0 R")}),
        "objects are many": lambda: page(more={6: stream(b"7 0 42", "/Type/ObjStm/N 2147483647/First 2147483647")}),
    }


def _pictures() -> dict[str, Callable[[], bytes]]:
    def shown(data: bytes, entries: str, width: int = 100, height: int = 100) -> Callable[[], bytes]:
        facts = f"/Type/XObject/Subtype/Image/Width {width}/Height {height}/BitsPerComponent 8/ColorSpace/DeviceGray{entries}"
        return lambda: page(stream(b"q 600 0 0 700 0 0 cm /I Do Q"), resources="/XObject<</I 6 0 R>>", more={6: stream(data, facts)})

    rubbish = bytes((number * 37 + 11) % 256 for number in range(4000))
    return {
        "jbig2 rubbish": shown(rubbish, "/Filter/JBIG2Decode"),
        "jbig2 as large as it says": shown(b"\0\0\0\0\x30\0\x01\0\0\0\x13\xff\xff\xff\xff\xff\xff\xff\xff" + bytes(11), "/Filter/JBIG2Decode", 65535, 65535),
        "jpx rubbish": shown(b"\0\0\0\x0cjP  \r\n\x87\n" + rubbish, "/Filter/JPXDecode"),
        "jpx as large as it says": shown(b"\xff\x4f\xff\x51\x00\x2f\0\0" + b"\xff" * 16 + bytes(16) + rubbish, "/Filter/JPXDecode", 65535, 65535),
        "dct rubbish": shown(b"\xff\xd8\xff\xe0" + rubbish, "/Filter/DCTDecode"),
        "fax rubbish": shown(rubbish, "/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 2000000000/Rows 2000000000>>"),
        "picture of no size": shown(b"", "", 0, 0),
        "picture larger than any": shown(b"x", "", 2_147_483_647, 2_147_483_647),
        "picture masks itself": shown(rubbish, "/SMask 6 0 R/Mask 6 0 R"),
        "picture on a palette of itself": shown(rubbish, "/ColorSpace[/Indexed 6 0 R 255 6 0 R]"),
    }


def _texts() -> dict[str, Callable[[], bytes]]:
    def drawn(content: str, **more: str) -> Callable[[], bytes]:
        return lambda: page(stream(content.encode()), **more)

    words = f"({WORDS}) Tj"
    return {
        "page larger than the world": drawn(_TEXT.decode(), box="0 0 1e9 1e9"),
        "page inside out": drawn(_TEXT.decode(), box="612 792 0 0"),
        "page of no size": drawn(_TEXT.decode(), box="0 0 0 0"),
        "page below nothing": drawn(_TEXT.decode(), box="-99999999999 -1e38 -5 NaN"),
        "page turned by seven": drawn(_TEXT.decode(), entries="/Rotate 7/UserUnit 1e30"),
        "letters beyond everything": drawn(f"BT /F 12 Tf 1e308 1e308 Td {words} ET"),
        "letters without size": drawn(f"BT /F 0 Tf 72 700 Td {words} ET"),
        "letters of minus a million": drawn(f"BT /F -1000000 Tf 72 700 Td {words} ET"),
        "letters on one spot": drawn("BT /F 9 Tf " + "1 0 0 1 72 700 Tm (spot) Tj " * 20_000 + "ET"),
        "letter by letter": drawn("BT /F 4 Tf " + "".join(f"1 0 0 1 {x * 3} {y * 4} Tm (a) Tj " for y in range(190) for x in range(200)) + "ET"),
        "spaces without end": drawn(f"BT /F 9 Tf 1e9 Tw 1e9 Tc 72 700 Td {words} ET"),
        "font that is not there": drawn(f"BT /Z 12 Tf 72 700 Td {words} ET"),
        "string without end": drawn("BT /F 12 Tf 72 700 Td (" + "words " * 1000),
        "brackets in brackets": drawn("[" * 100_000),
        "states without end": drawn("q " * 300_000 + _TEXT.decode()),
    }


def _nonsense() -> dict[str, Callable[[], bytes]]:
    good = page()
    return {
        "arrays in arrays": lambda: page(more={6: b"[" * 200_000 + b"]" * 200_000}, catalog="/Deep 6 0 R"),
        "dictionaries in dictionaries": lambda: page(more={6: b"<</A" * 100_000 + b" 1" + b">>" * 100_000}, catalog="/Deep 6 0 R"),
        "table in a loop": lambda: good.replace(b"/Root 1 0 R ", b"/Root 1 0 R/Prev " + str(good.rfind(b"xref\n0")).encode()),
        "table beyond the end": lambda: good[: good.rfind(b"startxref")] + b"startxref\n99999999999\n%%EOF",
        "table of a billion": lambda: good.replace(b"xref\n0 6", b"xref\n0 999999999"),
        "no end": lambda: good[: good.rfind(b"trailer")],
        "only a head": lambda: b"%PDF-1.7\n",
        "head and end": lambda: b"%PDF-1.7\n%%EOF",
        "every object is one": lambda: pdf({1: b"<</Type/Catalog/Pages 1 0 R/Kids[1 0 R]/Count 1/Parent 1 0 R/Contents 1 0 R>>"}),
        "reference to itself": lambda: page(b"4 0 R"),
        "locked by nobody": lambda: pdf(
            {1: b"<</Type/Catalog/Pages 2 0 R>>", 2: b"<</Type/Pages/Kids[]/Count 0>>"},
            trailer="/Encrypt<</Filter/Rubbish/V 99/R 99/O(a)/U(b)/P 1>>/ID[(a)(b)]",
        ),
        "locked by itself": lambda: page(more={6: b"<</Filter/Standard/V 1/R 2/O 6 0 R/U 6 0 R/P 6 0 R>>"}).replace(
            b"/Root 1 0 R ", b"/Root 1 0 R/Encrypt 6 0 R "
        ),
        "thousand ends": lambda: good + b"\n%%EOF" * 1000,
        "million comments": lambda: b"%PDF-1.7\n" + b"%comment\n" * 500_000 + good[9:],
        "version of nothing": lambda: good.replace(b"%PDF-1.7", b"%PDF-9.9"),
        "font in itself": lambda: page(
            more={
                5: b"<</Type/Font/Subtype/Type3/FontBBox[0 0 1 1]/FontMatrix[1 0 0 1 0 0]/CharProcs<</a 6 0 R>>/Encoding<</Differences[97/a]>>/FirstChar 97/LastChar 97/Widths[1]/Resources<</Font<</F 5 0 R>>>>>>",
                6: stream(b"BT /F 9 Tf (a) Tj ET"),
            }
        ),
        "letters mapped to everything": lambda: page(
            more={
                5: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>",
                6: stream(
                    b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00000000><FFFFFFFF> endcodespacerange 1 beginbfrange <00000000><FFFFFFFF><0000> endbfrange endcmap end"
                ),
            }
        ),
        "letters mapped to halves": lambda: page(
            more={
                5: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>",
                6: stream(b"begincmap 1 begincodespacerange <00><FF> endcodespacerange 1 beginbfrange <00><FF><D800> endbfrange endcmap"),
            }
        ),
        "font file of rubbish": lambda: page(
            more={
                5: b"<</Type/Font/Subtype/TrueType/BaseFont/X/FontDescriptor 6 0 R>>",
                6: b"<</Type/FontDescriptor/FontName/X/Flags 4/FontFile2 7 0 R>>",
                7: stream(bytes(range(256)) * 100),
            }
        ),
    }


def _actions(lures: Lures) -> dict[str, Callable[[], bytes]]:
    return {
        "script when opened": lambda: page(catalog="/OpenAction<</S/JavaScript/JS(app.alert(1);while(1){})>>"),
        "program when opened": lambda: page(catalog="/OpenAction<</S/Launch/F(/bin/sh)/Win<</F(cmd.exe)>>>>"),
        "address when opened": lambda: page(catalog=f"/OpenAction<</S/URI/URI({lures.url})>>"),
        "other file when opened": lambda: page(catalog=f"/OpenAction<</S/GoToR/F({lures.path})/D[0/Fit]>>"),
        "stream in another file": lambda: page(b"<</Length 0/F(" + lures.path.encode() + b")>>\nstream\n\nendstream"),
        "form of scripts": lambda: page(
            catalog="/AcroForm<</XFA 6 0 R/Fields[7 0 R]>>",
            more={6: stream(b"<xdp:xdp><script>while(1){}</script></xdp:xdp>"), 7: b"<</FT/Tx/T(a)/Kids[7 0 R]/Parent 7 0 R>>"},
        ),
        "file inside": lambda: page(
            catalog="/Names<</EmbeddedFiles<</Names[(../../a.exe) 6 0 R]>>>>",
            more={6: b"<</Type/Filespec/F(../../a.exe)/EF<</F 7 0 R>>>>", 7: stream(b"MZ" + bytes(100))},
        ),
    }
