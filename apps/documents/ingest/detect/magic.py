"""Files that begin with bytes of their own."""

import re

from apps.documents.ingest.detect.refusals import READS, unsupported
from apps.documents.ingest.text import looks_binary
from apps.documents.types import Kind

_KINDS: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", Kind.IMAGE),
    (b"\xff\xd8\xff", Kind.IMAGE),
    (b"II*\x00", Kind.IMAGE),
    (b"MM\x00*", Kind.IMAGE),
    (b"II+\x00", Kind.IMAGE),
    (b"MM\x00+", Kind.IMAGE),
)
_RTF = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{\\rtf")
_AS_PICTURE = "Save it as PNG or JPEG."
_AS_PDF = "Open it in its own program and save it as PDF."
_UNPACK = "Unpack it and upload the files in it one by one."
_PICTURES: tuple[tuple[bytes, str], ...] = (
    (b"GIF87a", "a GIF picture"),
    (b"GIF89a", "a GIF picture"),
    (b"8BPS", "a Photoshop picture"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"\xd7\xcd\xc6\x9a", "a WMF picture"),
    (b"gimp xcf", "a GIMP picture"),
)
_PAGES: tuple[tuple[bytes, str], ...] = (
    (b"AT&TFORM", "a DjVu book"),
    (b"%!PS", "a PostScript file"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript picture"),
    (b"\xffWPC", "a WordPerfect file"),
    (b"ITSF", "a Windows help file"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "a OneNote section"),
)
_ARCHIVES: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\xfd7zXZ\x00", "an XZ archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"\x04\x22\x4d\x18", "an LZ4 archive"),
    (b"MSCF\x00", "a CAB archive"),
    (b"!<arch>\n", "an archive of programs"),
    (b"PK\x07\x08", "a part of a zip archive"),
    (b"\x78\x9f\x3e\x22", "a winmail.dat of Outlook"),
)
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\xce\xfa\xed\xfe", "a program"),
    (b"\x00asm", "a program"),
    (b"dex\n", "a program"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "a shortcut to a file, not the file itself"),
    (b"ID3", "a sound recording"),
    (b"\xff\xfb", "a sound recording"),
    (b"\xff\xf3", "a sound recording"),
    (b"OggS", "a sound recording"),
    (b"fLaC", "a sound recording"),
    (b"MThd", "a sound recording"),
    (b"#!AMR", "a sound recording"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"FLV\x01", "a video"),
    (b"\x00\x00\x01\xba", "a video"),
    (b"OTTO\x00", "a font"),
    (b"\x00\x01\x00\x00\x00", "a font"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
    (b"SQLite format 3\x00", "a database"),
    (b"\x00\x01\x00\x00Standard ", "a database"),
    (b"PAR1", "a Parquet table"),
    (b"!BDN", "a mailbox of Outlook (PST)"),
    (b"AC10", "a drawing of AutoCAD"),
)
_TABLES = ((_PICTURES, _AS_PICTURE), (_PAGES, _AS_PDF), (_ARCHIVES, _UNPACK), (_OTHERS, READS))
_BRANDS_OF_PICTURES = (b"heic", b"heix", b"heif", b"mif1", b"msf1", b"avif", b"avis")


def kind_by_magic(head: bytes) -> Kind | None:
    """Return the kind of pictures and RTF; raise `UnsupportedType` for what is known and not read; None for all else."""
    for magic, kind in _KINDS:
        if head.startswith(magic):
            return kind
    if _RTF.match(head):
        return Kind.RTF
    if head.startswith(b"\x89PNG"):
        # The line ends in its signature are there to show a transfer that took them for text.
        raise unsupported("a PNG image that was damaged on its way", "Transfer it again, as it is.")
    _refuse_containers(head)
    # A text may begin with any letters.
    if looks_binary(head) or not head[:4].isascii() or head.startswith((b"%!PS", b"GIF8", b"!<arch>\n")):
        for table, advice in _TABLES:
            for magic, what in table:
                if head.startswith(magic):
                    raise unsupported(what, advice)
    return None


def _refuse_containers(head: bytes) -> None:
    """Refuse files that say what they are a few bytes later."""
    if head.startswith(b"RIFF") and len(head) > 12:
        if head[8:12] == b"WEBP":
            raise unsupported("a WebP picture", _AS_PICTURE)
        if head[8:12] in (b"WAVE", b"AVI "):
            raise unsupported("a sound recording" if head[8:12] == b"WAVE" else "a video")
    if head[4:8] == b"ftyp":
        if head[8:12] in _BRANDS_OF_PICTURES:
            raise unsupported("a HEIC or AVIF picture", _AS_PICTURE)
        raise unsupported("a video or a sound recording")
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        raise unsupported("a BMP picture", _AS_PICTURE)
    if head[257:262] == b"ustar":
        raise unsupported("a tar archive", _UNPACK)
    if head[60:68] in (b"BOOKMOBI", b"TEXtREAd"):
        raise unsupported("a Kindle book", "Save it as EPUB, for instance with Calibre.")
