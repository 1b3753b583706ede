"""Bytes that are hardly a file: nothing, noise, letters of no alphabet, lines without end."""

import random
from collections.abc import Callable, Iterator

from tests.documents.hostile.good import WORDS, good
from tests.documents.hostile.shapes import MIB, Hostile, listed

_EMPTY = ("empty", "no_text", "unsupported_type", "unreadable")


def oddities(seed: int) -> Iterator[Hostile]:
    yield from listed("nothing", "", {f"empty{suffix}": bytes for suffix in ("", ".txt", ".pdf", ".docx")}, ends=_EMPTY)
    yield from listed("nothing", "", _blank(), ends=_EMPTY)
    yield from listed(
        "odd bytes", "", {f"one byte {byte:02x}.txt": lambda byte=byte: bytes([byte]) for byte in (0x01, 0x41, 0x50, 0x7B, 0x80, 0x89, 0xD0, 0xFE, 0xFF)}
    )
    yield from listed(
        "odd bytes",
        "",
        {
            f"noise {size}{suffix}": lambda size=size: random.Random(seed + size).randbytes(size)
            for size, suffix in ((64, ".txt"), (4096, ".pdf"), (65_537, ".docx"), (300_000, ""))
        },
    )
    yield from listed("charset", ".txt", _charsets(seed))
    yield from listed("odd text", ".txt", _texts())
    yield from listed(
        "odd text",
        ".md",
        {
            "marks of the right": lambda: "\u202e\u2067\u200f".encode() * 5000 + WORDS.encode(),
            "escapes": lambda: b"\x1b[2J\x1b]0;title\x07\x9b31m" * 2000 + WORDS.encode(),
        },
    )
    heavy: dict[str, Callable[[], bytes]] = {
        "many marks on one letter": lambda: ("a" + "\u0301\u0323" * 100_000).encode(),
        "eight megabytes in one line": lambda: b"words and more words " * (8 * MIB // 21),
        "eight megabytes without a space": lambda: b"w" * (8 * MIB),
        "eight megabytes of small sentences": lambda: b"A b. " * (8 * MIB // 5),
        "more letters than Quire reads": lambda: (WORDS.encode() + b"\n\n") * 100_000,
        "forty megabytes of hardly anything": lambda: WORDS.encode() + bytes(40 * MIB) + WORDS.encode(),
        "more than Quire takes": lambda: WORDS.encode() + bytes(51 * MIB),
    }
    yield from listed("long", ".txt", heavy, is_heavy=True)
    yield from listed(
        "long",
        ".pdf",
        {
            "thirty megabytes of nothing behind": lambda: good(".pdf") + bytes(30 * MIB),
            "thirty megabytes of nothing before": lambda: bytes(30 * MIB) + good(".pdf"),
        },
        is_heavy=True,
    )


def _blank() -> dict[str, Callable[[], bytes]]:
    return {
        "NULs.txt": lambda: bytes(5000),
        "NULs.pdf": lambda: bytes(70_000),
        "NULs.docx": lambda: bytes(300),
        "spaces.txt": lambda: b" \t\r\n" * 3000,
        "mark of order.txt": lambda: b"\xef\xbb\xbf",
        "mark of wide order.txt": lambda: b"\xff\xfe",
        "mark and spaces.md": lambda: b"\xef\xbb\xbf \n \n",
        "line ends.csv": lambda: b"\n" * 100_000,
        "no width.txt": lambda: "\u200b\u2060\ufeff".encode() * 200,
    }


def _charsets(seed: int) -> dict[str, Callable[[], bytes]]:
    chance = random.Random(seed)
    rubbish = chance.randbytes(4000)
    umlauts = "Größe, Straße, Übermut. Ça va où? Ελληνικά κείμενα. Русский текст. 日本語の文章。"
    return {
        "wide rubbish": lambda: b"\xff\xfe" + rubbish,
        "wide rubbish the other way": lambda: b"\xfe\xff" + rubbish,
        "wide halves": lambda: b"\xff\xfe" + b"\x00\xd8" * 3000,
        "wide and cut": lambda: umlauts.encode("utf-16")[:-1],
        "wide without a mark": lambda: (umlauts * 20).encode("utf-16-le"),
        "widest": lambda: (umlauts * 5).encode("utf-32"),
        "seven bits": lambda: (umlauts * 5).encode("utf-7"),
        "mainframe": lambda: (WORDS * 20).encode("cp500"),
        "japanese": lambda: ("日本語の文章です。" * 50).encode("shift_jis"),
        "chinese": lambda: ("中文文字的一页。" * 50).encode("gb18030"),
        "korean": lambda: ("한국어 문장입니다. " * 50).encode("euc_kr"),
        "cyrillic": lambda: ("Русский текст о бумаге. " * 50).encode("koi8_r"),
        "two in one": lambda: umlauts.encode() + "Größe".encode("latin-1") * 20 + "日本".encode("shift_jis"),
        "overlong": lambda: b"\xc0\x80\xe0\x80\x80\xf0\x80\x80\x80" * 300 + WORDS.encode(),
        "halves": lambda: b"\xed\xa0\x80\xed\xb0\x80" * 300 + WORDS.encode(),
        "beyond the last": lambda: b"\xf4\x90\x80\x80\xf8\x88\x80\x80\x80" * 300 + WORDS.encode(),
        "every byte": lambda: bytes(range(256)) * 30,
        "NULs between letters": lambda: b"\0".join(bytes([letter]) for letter in WORDS.encode() * 10),
    }


def _texts() -> dict[str, Callable[[], bytes]]:
    return {
        "marks on one letter": lambda: ("a" + "\u0301\u0323" * 10_000).encode(),
        "zalgo": lambda: "".join(letter + "\u0300\u0316\u0489" * 20 for letter in WORDS * 3).encode(),
        "private": lambda: "\ue000\U000f0000".encode() * 5000,
        "no characters": lambda: "\ufffe\uffff\U0001fffe".encode() * 3000 + WORDS.encode(),
        "million lines": lambda: b"\n".join([b"a"] * 300_000),
        "old line ends": lambda: b"words\r" * 20_000,
        "page breaks": lambda: b"words\x0c" * 5000,
        "dots": lambda: b"." * 300_000,
        "smiles": lambda: "👩‍👩‍👧‍👦".encode() * 5000,
        "one long word": lambda: b"a" * 300_000,
        "ligatures": lambda: "\ufdfa\ufdfb\ufb03".encode() * 10_000,
        "bells and deletes": lambda: b"\x07\x08\x7f\x1a\x04" * 2000 + WORDS.encode(),
    }
