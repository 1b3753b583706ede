"""Names that no file should have, sent as they are."""

from collections.abc import Iterator
from functools import partial

from tests.documents.hostile.good import WORDS
from tests.documents.hostile.shapes import Hostile

_NAMES: dict[str, str | bytes] = {
    "climbs": "../../../../etc/passwd",
    "climbs the other way": "..\\..\\..\\windows\\system32\\a.txt",
    "absolute": "/etc/shadow",
    "drive": "C:\\a.txt",
    "NUL in the middle": "a\x00.txt",
    "NUL first": "\x00a.txt",
    "turns around": "invoice\u202efdp.exe",
    "three hundred letters": "n" * 300 + ".txt",
    "five thousand letters": "n" * 5000 + ".txt",
    "long suffix": "a." + "t" * 300,
    "smiles": "😀👩‍👩‍👧‍👦🇩🇪.txt",
    "none": "",
    "device": "CON",
    "device with suffix": "aux.txt",
    "dots at the end": "a.txt...",
    "only dots": "....",
    "one dot": ".",
    "two dots": "..",
    "only spaces": "   ",
    "hidden": ".htaccess",
    "line break": "a\nb.txt",
    "head of an answer": "a\r\nSet-Cookie: evil=1\r\n.txt",
    "tab": "a\tb.txt",
    "markup": "<img src=x onerror=alert(1)>.txt",
    "template": "{{ 7 * 7 }}{% debug %}.txt",
    "statement": "'; DROP TABLE documents_document; --.txt",
    "formula": "=cmd|' ' !A0.csv",
    "percent": "%2e%2e%2f%00%s%n.txt",
    "quote": 'a"b.txt',
    "shell": "$(touch /tmp/quire-shell);`id`|&.txt",
    "not text": b"\xff\xfe\xfd.txt",
    "half a letter": b"caf\xc3.txt",
    "overlong": b"\xc0\xae\xc0\xae\xc0\xafa.txt",
    "marks": "a" + "\u0301" * 200 + ".txt",
    "no width": "\u200b\u200c\u200d\ufeff.txt",
    "private": "\ue000\U0010ffff.txt",
    "wide dots": "\uff0e\uff0e\uff0fa.txt",
    "right to left": "شيكاغو.txt",
}


def names() -> Iterator[Hostile]:
    for number, (key, name) in enumerate(_NAMES.items()):
        # Each its own words, for the same bytes are the same document.
        yield Hostile("name", key, name, partial(f"{WORDS} This is file {number} of the names.".encode))
