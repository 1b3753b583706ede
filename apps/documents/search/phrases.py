"""Words that have to stand in a passage as they are written, or must not: a pattern for Postgres, and the terms that tell who can hold it."""

import re
from collections.abc import Collection, Sequence

from apps.documents.analysis.terms import Analyser
from apps.documents.analysis.tokens import APOSTROPHES, UNSPACED, find_runs, is_clustered, is_spaced

# Signs that say the same, and are typed one for the other.
_HYPHENS = "-\u2010\u2011\u2012\u2013\u2014\u2212"
_ALIKE = {**dict.fromkeys(APOSTROPHES, f"[{APOSTROPHES}]"), **dict.fromkeys(_HYPHENS, f"[{_HYPHENS}]")}
_BETWEEN = "[^[:alnum:]]+"
# Between a word and a script without spaces there may be nothing: `第3章` is three runs.
_TOUCHING = "[^[:alnum:]]*"
# There a word begins and ends as well.
_BEGIN, _END = rf"(?:\m|(?<=[{UNSPACED}]))", rf"(?:\M|(?=[{UNSPACED}]))"
# So many words of a phrase are enough to tell by which of them it is looked for.
_TOLD_WORDS = 16
SOFT_HYPHEN = "\u00ad"


def phrase_pattern(phrase: str) -> str:
    """Return a regular expression that finds the words in their order, whatever stands between them; case does not count.

    It is for a text without soft hyphens, which nobody sees.
    """
    phrase = phrase.replace(SOFT_HYPHEN, "")
    runs = list(find_runs(phrase))
    if not runs:
        return _escaped(phrase)
    pattern = _BEGIN if is_spaced(runs[0][1]) else ""
    end = runs[0][0]
    for number, (start, run) in enumerate(runs):
        between = _TOUCHING if start == end else _BETWEEN
        pattern += (between if number else "") + _escaped(run)
        end = start + len(run)
    last = runs[-1][1]
    return pattern + (_END if is_spaced(last) and last[-1].isalnum() else "")


def any_pattern(phrases: Sequence[str]) -> str:
    """Return one expression for all of them: Postgres remembers few, and makes the others anew for each passage."""
    return "|".join(f"(?:{phrase_pattern(phrase)})" for phrase in phrases)


def told_words(phrase: str, analyser: Analyser, languages: Collection[str]) -> list[frozenset[int]]:
    """Return words of a phrase, each as its terms in those languages: whoever holds the phrase holds one term of each word.

    Left out is what a passage may have without having its term: stop words of any of the languages, and the ends of a run of a script
    without spaces, which may be the middle of a longer one.
    """
    words: list[frozenset[int]] = []
    for _start, run in find_runs(phrase):
        words += _told_of(run, analyser, {"", *languages})
        if len(words) >= _TOLD_WORDS:
            break
    return words[:_TOLD_WORDS]


def _told_of(run: str, analyser: Analyser, languages: Collection[str]) -> list[frozenset[int]]:
    if is_spaced(run) and _spans(run, analyser) != _spans(run.lower(), analyser):
        # `getUserName`: whoever writes it in another case has it in other parts, or in none.
        terms = {one.term for text in (run, run.lower()) for language in languages for one in analyser.place(text, language)}
        return [frozenset(terms)] if all(analyser.place(run.lower(), language) for language in languages) else []
    forms: dict[tuple[int, int], list[int]] = {}
    for language in languages:
        for one in analyser.place(run, language):
            if not one.is_whole:
                forms.setdefault((one.start, one.end), []).append(one.term)
    return [frozenset(terms) for span, terms in forms.items() if len(terms) == len(languages) and _is_told(run, *span)]


def _spans(run: str, analyser: Analyser) -> list[tuple[int, int]]:
    return [(one.start, one.end) for one in analyser.place(run, "") if not one.is_whole]


def _is_told(run: str, start: int, end: int) -> bool:
    if is_spaced(run):
        return True
    # A single sign is a term only where it stands alone. In Thai, what stands before or behind the phrase may belong to its first or last letter.
    return (start > 0 and end < len(run)) if is_clustered(run) else len(run) > 1


def _escaped(text: str) -> str:
    return re.sub(r"[^\w\s]", lambda found: _ALIKE.get(found.group()) or re.escape(found.group()), text)
