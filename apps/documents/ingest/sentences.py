"""Where sentences end: a rule of thumb that needs no model and errs on the side of not cutting."""

import re

# A stop, what may close behind it, then space; or a stop of a script that writes no spaces.
# Begins at the first of a run of stops, so that a page of dots is read once and not from each.
_STOP = re.compile(
    r"(?<![.!?\u2026\u061f\u06d4\u0964])[.!?\u2026\u061f\u06d4\u0964]+[\"')\]\u2019\u201d\u00bb]*\s+"
    r"|(?<![\u3002\uff01\uff1f\uff61])[\u3002\uff01\uff1f\uff61]+[\u300d\u300f\uff09\u201d\"]*\s*"
)
_LAST_WORD = re.compile(r"(\S+?)[.]+\s+$")
_SHORT_FORMS = """al approx art bzw ca cf ch co corp d.h dept dr e.g ed eds eq etc ex fig figs i.e
    inc jr ltd max min mr mrs ms mt no nos nr p.m a.m pp prof ref refs resp rev s.o sec sect sen sr
    st tab u.a u.s vgl viz vol vs z.b"""
_ABBREVIATIONS = frozenset(_SHORT_FORMS.split())


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return spans that cover `text` without gap or overlap, each ending where a sentence does."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _STOP.finditer(text):
        end = match.end()
        if end < len(text) and _ends_sentence(text, match):
            spans.append((start, end))
            start = end
    if start < len(text):
        spans.append((start, len(text)))
    return spans


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    following = text[match.end()]
    if following.islower() or following in ",;:)":
        return False
    before = _LAST_WORD.search(text, max(0, match.start() - 20), match.end())
    if before is None:
        return True
    word = before[1].lstrip("([\"'\u201c").lower()
    is_initial = len(word) == 1 and word.isalpha()
    return not is_initial and word not in _ABBREVIATIONS
