"""Words that have to stand in a passage as they are written, or must not: a pattern for Postgres."""

import re

from apps.documents.analysis.tokens import find_runs, is_spaced

_BETWEEN = "[^[:alnum:]]+"


def phrase_pattern(phrase: str) -> str:
    """Return a regular expression that finds the words in their order, whatever stands between them; case does not count."""
    runs = [run for _start, run in find_runs(phrase)]
    if not runs:
        return _escaped(phrase)
    first = r"\m" if is_spaced(runs[0]) else ""
    last = r"\M" if is_spaced(runs[-1]) and runs[-1][-1].isalnum() else ""
    return first + _BETWEEN.join(_escaped(run) for run in runs) + last


def _escaped(text: str) -> str:
    return re.sub(r"([^\w\s])", r"\\\1", text)
