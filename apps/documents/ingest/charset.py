"""Which charset bytes are in that are not UTF-8.

What a file says of itself is believed where it makes words. A small table of scripts and languages decides the common
cases, also of a single line: what is right shows the letters that this language uses most. charset-normalizer decides
where the table does not know. Only a sample is looked at, and the same bytes always give the same answer.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

_SAMPLE_BYTES = 32_768
_LINE_BYTES = 4096
_HIGH_LINE = re.compile(rb"[^\n]*[\x80-\xff][^\n]*\n?")
_HIGH = re.compile(r"[^\x00-\x7f]")
# From this share of usual letters on, the table is believed.
_CLEAR = 0.7
# So much worse than the best, what the file says of itself is still believed.
_MARGIN = 0.12
# What browsers take these names for (the Encoding Standard's labels): the pages that say so mean it.
_MEANT = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}
_MARKS = frozenset("«»„“”‚‘’–—…•·°©®™§€£№\u00a0\u00ad¡¿")
# Right in a text, but rather at the end of a word or a number.
_SIGNS = "ªº½¼²³¹µ×±"
# Between letters stand no marks but these.
_IN_WORDS = frozenset("’‘·–—\u00ad\u00a0")


@dataclass(frozen=True, slots=True)
class _Wide:
    """A charset of two bytes a letter: its pairs, those of everyday letters, and those that say nothing."""

    name: str
    pair: bytes
    usual: bytes
    neutral: bytes


# Everyday letters have rows of their own in each of these: kana, the Hangul in use, the first level of Chinese characters.
_WIDE = (
    _Wide("cp932", rb"[\x81-\x9f\xe0-\xfc][\x40-\xfc]|[\xa1-\xdf]", rb"\x82[\x9f-\xf1]|\x83[\x40-\x96]|[\x88-\x97].", rb"\x81.|\x82.|[\xa1-\xdf]"),
    _Wide("cp949", rb"[\x81-\xfe][\x41-\xfe]", rb"[\xb0-\xc8][\xa1-\xfe]", rb"[\xa1-\xac][\xa1-\xfe]"),
    _Wide("gb18030", rb"[\x81-\xfe][\x30-\xfe]", rb"[\xb0-\xd7][\xa1-\xfe]", rb"[\xa1-\xa3][\xa1-\xfe]"),
    _Wide("big5hkscs", rb"[\x81-\xfe][\x40-\xfe]", rb"[\xa4-\xc6].", rb"[\xa1-\xa3]."),
    _Wide("euc_jp", rb"[\x8e\xa1-\xfe][\xa1-\xfe]|\x8f[\xa1-\xfe]{2}", rb"[\xa4\xa5\xb0-\xcf].", rb"[\xa1-\xa3]."),
)
_AMID = re.compile(r"[a-zA-Z][^\x00-\x7f](?=[a-zA-Z])")
_EUC_KANA = re.compile(rb"[\xa4\xa5][\xa1-\xfe]")
# Letters beyond ASCII, most used first; "|" parts the everyday ones from the rest, which count for half.
_WESTERN = (
    "äöüßÄÖÜ",
    "éèàêçâîôûùïœëÉÀÊÇÈ",
    "áéíóúñüÁÉÍÓÚÑ",
    "ãçáéíóúâêôõàÃÇÁÉÓ",
    "àèéìòùÀÈÉ",
    "åäöÅÄÖéæøÆØ",
    "áðéíóúýþæöÁÐÉÍÓÚÞÆÖ",
    "éëïóöüèáê",
)
_CENTRAL = (
    "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ",
    "áčďéěíňóřšťúůýžÁČĎÉĚÍŇÓŘŠŤÚŮÝŽ",
    "áéíóöőúüűÁÉÍÓÖŐÚÜŰ",
    "áäčďéíĺľňóôŕšťúýžÁČĎÉÍĽŇÓŠŤÚÝŽ",
    "ăâîşţĂÂÎŞŢ",
    "čćđšžČĆĐŠŽ",
)
_BALTIC = ("ąčęėįšųūžĄČĘĖĮŠŲŪŽ", "āčēģīķļņšūžĀČĒĢĪĶĻŅŠŪŽ", "äõöüšžÄÕÖÜŠŽ")
_CYRILLIC = ("оеаинтсрвлкмОЕАИНТСРВЛКМ|дпуязыьбгчйхжшюцщэфёъіїєґўђјљњћџДПУЯЗЫЬБГЧЙХЖШЮЦЩЭФЁЪІЇЄҐЎЂЈЉЊЋЏ",)
_GREEK = ("αοιετσνηυρπκμλςήίόάέύώΑΟΙΕΤΣΝΗΥΡΠΚΜΛ|δγωθχφβξζψϊϋΐΰΔΓΩΘΧΦΒΞΖΨΆΈΉΊΌΎΏ",)
_HEBREW = ("יוהלאתרבשמםנ|חעקדכפןגצטזסךףץװױײ",)
_ARABIC = ("اليمنتروبةعدسفهكق|حجأإذصىشخضطظغثآءؤئـپچژگکی،؛؟\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652",)
_THAI = ("กงจตทนบปมยรลวสหอะาิีัเแ่้|" + "".join(map(chr, range(0x0E01, 0x0E5C))),)
# In case of a tie the first wins.
_NARROW: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("cp1252", _WESTERN),
    ("cp1250", _CENTRAL),
    ("iso8859_2", _CENTRAL),
    ("cp1254", ("çğıöşüâîÇĞİÖŞÜ",)),
    ("cp1257", _BALTIC),
    ("cp1258", ("ăâđêôơưĂÂĐÊÔƠƯ\u0300\u0301\u0303\u0309\u0323",)),
    ("mac_roman", _WESTERN),
    ("cp850", _WESTERN),
    ("cp1251", _CYRILLIC),
    ("koi8_r", _CYRILLIC),
    ("koi8_u", _CYRILLIC),
    ("cp866", _CYRILLIC),
    ("iso8859_5", _CYRILLIC),
    ("mac_cyrillic", _CYRILLIC),
    ("cp1253", _GREEK),
    ("iso8859_7", _GREEK),
    ("cp1255", _HEBREW),
    ("iso8859_8", _HEBREW),
    ("cp1256", _ARABIC),
    ("iso8859_6", _ARABIC),
    ("cp874", _THAI),
)


def guess_charset(data: bytes, declared: str | None = None) -> str:
    """Return the charset of text that is not UTF-8; latin-1, which takes everything, where nothing fits."""
    sample = _sample(data)
    scores = _scores(sample)
    best = max(scores, key=scores.__getitem__, default="")
    named = meant_charset(declared)
    if named and _fits(sample, named, scores, scores.get(best, 0.0)):
        return named
    if best and scores[best] >= _CLEAR:
        return best
    return _by_statistics(sample) or best or "latin-1"


def meant_charset(declared: str | None) -> str | None:
    """Return Python's name of what a declaration means, None for a charset that there is not."""
    try:
        name = codecs.lookup((declared or "").strip().lower()).name
    except (LookupError, ValueError):
        return None
    # Codecs of bytes to bytes have names, too.
    if not getattr(codecs.lookup(name), "_is_text_encoding", True) or name in ("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"):
        return None
    return _MEANT.get(name, "big5hkscs" if name == "big5" else name)


def _sample(data: bytes) -> bytes:
    """Return lines that have letters beyond ASCII, whole where they are not very long."""
    parts, size = [], 0
    for found in _HIGH_LINE.finditer(data):
        line = found[0]
        if len(line) > _LINE_BYTES:
            first = next(at for at, byte in enumerate(line) if byte > 0x7F)
            # No charset has a letter that ends in a space: between two of them, all letters are whole.
            start = line.rfind(b" ", 0, first) + 1
            end = line.rfind(b" ", start, start + _LINE_BYTES)
            line = line[start : end if end > first else start + _LINE_BYTES]
        parts.append(line)
        size += len(line)
        if size > _SAMPLE_BYTES:
            break
    return b"".join(parts)


def _scores(sample: bytes) -> dict[str, float]:
    """Return how usual the letters are that the sample has in each charset, from 0 to 1."""
    return {**dict(_wide_scores(sample)), **dict(_narrow_scores(sample))}


def _wide_scores(sample: bytes) -> Iterator[tuple[str, float]]:
    for charset in _WIDE:
        text = _decoded(sample, charset.name)
        if text is None:
            continue
        pairs = re.findall(charset.pair, sample, re.DOTALL)
        usual = sum(1 for pair in pairs if re.fullmatch(charset.usual, pair, re.DOTALL))
        neutral = min(4 * usual, sum(1 for pair in pairs if re.fullmatch(charset.neutral, pair, re.DOTALL)))
        # One letter of the East between two of the West is one of the West that was read wrongly.
        score = usual / max(1, len(pairs) - neutral) - len(_AMID.findall(text)) / max(1, len(pairs))
        if charset.name == "gb18030" or (charset.name == "euc_jp" and len(_EUC_KANA.findall(sample)) * 10 < len(pairs)):
            # The rows of Chinese hold those of Korean; Japanese shows by its kana.
            score -= 0.02
        yield charset.name, score


def _narrow_scores(sample: bytes) -> Iterator[tuple[str, float]]:
    for name, languages in _NARROW:
        text = _decoded(sample, name)
        if text is None:
            continue
        letters = _HIGH.findall(text)
        odd = _oddities(text) / max(1, len(letters))
        yield name, max(_share(letters, *_sets(language)) for language in languages) - odd


def _oddities(text: str) -> int:
    """Count capitals after small letters and marks between letters: another charset's letters look like that."""
    found = 0
    for before, letter, after in zip(text, text[1:], text[2:] + " ", strict=False):
        if letter > "\x7f" and before.isalpha():
            found += (letter.isupper() and before.islower()) or (after.isalpha() and not letter.isalpha() and letter in _MARKS - _IN_WORDS)
    return found


@cache
def _sets(language: str) -> tuple[frozenset[str], frozenset[str]]:
    usual, _, rest = language.partition("|")
    return frozenset(usual) | _MARKS, frozenset(rest + _SIGNS)


def _share(letters: list[str], usual: frozenset[str], rest: frozenset[str]) -> float:
    return sum(1.0 if letter in usual else 0.6 if letter in rest else 0.0 for letter in letters) / max(1, len(letters))


def _fits(sample: bytes, named: str, scores: dict[str, float], best: float) -> bool:
    text = _decoded(sample, named)
    if text is None:
        return False
    if named in scores:
        return scores[named] >= best - _MARGIN
    if best >= _CLEAR:
        # The table has no languages of this charset: it must look like one of them.
        return _same_letters(sample, text, scores, best)
    from charset_normalizer.md import mess_ratio

    return mess_ratio(text, 0.3) < 0.2


def _same_letters(sample: bytes, text: str, scores: dict[str, float], best: float) -> bool:
    return any(_decoded(sample, name) == text for name, score in scores.items() if score >= best - _MARGIN)


def _by_statistics(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes

    found = from_bytes(sample, steps=5, chunk_size=512, preemptive_behaviour=False).best()
    return found.encoding if found is not None else None


def _decoded(sample: bytes, name: str) -> str | None:
    """Return the sample's text, None where it is not in this charset. A long one may have lost half of its last letter."""
    for left_out in range(1 + (len(sample) >= _LINE_BYTES)):
        try:
            return sample[: len(sample) - left_out].decode(name)
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    return None
