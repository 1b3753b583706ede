"""What a rule of the injection guard is, and how it is written down.

Patterns see a text as `fold_words` gives it: lower case, no accents, compatibility forms undone ("й" is "и" there, "ü" is "u").
"""

import re
from dataclasses import dataclass

# In UTF-8, which is quickest to search. Words are known by so many of their first letters when it is asked whether a rule is worth trying.
STEM = 5


@dataclass(frozen=True, slots=True)
class Rule:
    """A text needs one of the `stems` (words, cut off after STEM letters) and one of `also`, or one of the `marks`, before the pattern is tried.

    `is_everywhere`: counted in what people write too, else only in what comes from documents and tools, where nobody speaks to a model.
    Rules of one name count once, by their most.
    """

    name: str
    points: int
    pattern: re.Pattern[str]
    stems: frozenset[bytes]
    also: frozenset[bytes]
    marks: tuple[bytes, ...]
    # The marks that only a text of other scripts can hold.
    wide_marks: tuple[bytes, ...]
    is_everywhere: bool


# What a document has no reason to say, and people have.
_FOREIGN_ONLY = frozenset({"addressed", "secrecy", "command", "diversion"})


def rule(name: str, points: int, pattern: str, *, stems: str = "", also: str = "", marks: str = "") -> Rule:
    is_everywhere = name not in _FOREIGN_ONLY
    ascii_marks, wide_marks = (tuple(mark.encode() for mark in marks.split() if mark.isascii() == is_ascii) for is_ascii in (True, False))
    return Rule(name, points, re.compile(pattern, re.MULTILINE), _cut(stems), _cut(also), ascii_marks, wide_marks, is_everywhere)


def _cut(words: str) -> frozenset[bytes]:
    return frozenset(word[:STEM] for word in words.encode().split())


# Between two words; and between two with up to so many others.
W = r"[\W_]{1,4}"
FEW = r"(?:[\W_]{1,4}[^\W_]+){0,4}?[\W_]{1,4}"
