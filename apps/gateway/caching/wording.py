"""English turns of phrase that may be exchanged without asking something else.

To add one: it has to be right in any question that it fits, and the near misses of `tests/gateway/caching/` have to stay misses.
"""

import re
from collections.abc import Callable, Sequence

from apps.gateway.caching import word_lists as lists
from apps.gateway.caching.courtesy import ASKING, COMMA, NAME

_ONE = r"(?:i|we|you|one|people|someone|somebody)"
_BEGINS = "|".join([*ASKING.split(), "is", "are", "do", "does", "can", "may", "must"])
_TASK = r"(?:way|ways|step|steps|process|procedure|instructions)"
_EDGE = "|".join(map(re.escape, lists.EDGES))
_BEFORE_ARTICLE = "|".join(lists.BEFORE_ARTICLE)
# A word of what is talked about, and the end of such words.
_THING = rf"(?!(?:{_EDGE}|{COMMA}) )\S+"
_THINGS = rf"(?:{_THING} ){{0,2}}{_THING}"
_STOP = rf"(?= (?:(?:{_EDGE}|{COMMA}) |$))"
_WHO = r"(?:(?!not |never )\S+ ){0,2}?(?!not |never )\S+"
# Of these, "for" says no more than "of": nobody gives one of them to somebody.
_MIN_CHARS = 4
_HEAD = "(?:deadline|limit|price|cost|fee|policy|procedure|process|rules?|rate|period|size|requirements?)"


def _inside(found: re.Match[str]) -> str:
    """The annual report of the finance department, or its department's annual report: the annual finance department report."""
    *before, head = found["a"].split()
    return " ".join(["", *before, *found["b"].split(), head])


def _in_front(found: re.Match[str]) -> str:
    """The opening hours of the library: the library opening hours."""
    return f" {found['b']} {found['a']}"


def _move_to_end(found: re.Match[str]) -> str:
    """In Berlin, what is the fee: what is the fee in Berlin."""
    return f"{found['asked']}{found['place']} "


def _to_verb(found: re.Match[str]) -> str:
    """Resetting, reset: reset. Changing, change: chang."""
    bare = re.sub(r"(?<=...)(?:ing|e)$", "", found["verb"])
    return " howto " + re.sub(r"(.)\1$", r"\1", bare)


# Worked off in this order. Each fits from blank to blank, and the question begins and ends with one.
_Rewrite = tuple[str, str | Callable[[re.Match[str]], str]]
_PHRASES: list[_Rewrite] = [
    (rf"^(?P<place> (?:in|on|at|for|under|during|within) [^{COMMA}]+) {COMMA}(?P<asked> (?:{_BEGINS}) .*) $", _move_to_end),
    (rf" {COMMA}(?= )", ""),
    (r" (?:log|sign) in(?= )", " login"),
    (r" (?:turn|switch) on(?= )", " enable"),
    (r" (?:turn|switch) off(?= )", " disable"),
    (r" in charge of(?= )", " responsible for"),
    (r" in order to(?= )", " to"),
    (r" ask for(?= )", " request"),
    # How is it done.
    (rf"^ what (?:is|are) (?:the )?(?:right |correct |proper )?{_TASK} (?:to|for|of)(?= )", " howto"),
    (r"^ (?:what )?(?:the )?(?:steps|instructions) (?:to|for)(?= )", " howto"),
    (rf"^ what (?:do|must|should) {_ONE} (?:(?:have|need) to )?do to(?= )", " howto"),
    (rf"^ how (?:do|does|can|could|would) {_ONE} go about(?= )", " howto"),
    (r"^ how (?:do|can|could) (?:you|one|people) (?P<what>.*?) your(?= )", r" howto \g<what>"),
    (rf"^ how (?:do|does|can|could|would) {_ONE}(?= )(?! (?:not|never|have|need) )", " howto"),
    (r"^ how (?:it is|is it) possible to(?= )", " howto"),
    (r"^ how to(?= )", " howto"),
    (r"^(?P<what> howto .*?) (?:my|our)(?= )", r"\g<what>"),
    (rf"^ howto (?P<verb>[^ {NAME}]+)(?: a| an)?(?= )", _to_verb),
    # May, can, must.
    (r"^ (?:am i|are we|is one|is it) (?:allowed|permitted) to(?= )", " may i"),
    (r"^ may (?:i|we|one)(?= )", " may i"),
    (r"^ (?:(?:can|could) (?:i|we|one)|(?:am i|are we) able to)(?= )", " can i"),
    (r"^ is (?:it possible|there (?:a|any) way) (?:for me |for us )?to(?= )", " can i"),
    (rf"^ (?:do|does) (?P<who>{_WHO}) (?:have|need) to(?= )", r" must \g<who>"),
    (rf"^ (?:is|are|am) (?P<who>{_WHO}) (?:required|obliged) to(?= )", r" must \g<who>"),
    (r" (?:has|have) to(?= )", " must"),
    # Who, when, where, why, how many, how much.
    (r"^ (?:at )?what time(?= )", " when"),
    (rf"^ where (?:can|do|could) {_ONE} find(?= )", " where"),
    (r"^ what (?:is|are) the location of(?= )", " where"),
    (r"^ (?:what is the reason (?:why|that)|for what reason|how come)(?= )", " why"),
    (r"^ what is the (?:total )?number of(?= )", " how many"),
    (r"^(?P<what> how many .+?) (?:are there|exist)(?= )", r"\g<what>"),
    (r"^ what (?:does|do) (?P<what>.+) mean $", r" meaning \g<what> "),
    (r"^ what (?:is|are) (?:the )?(?:meaning|definition) of(?= )", " meaning"),
    (r"^ (?:what is meant by|define)(?= )", " meaning"),
    (r"^ how (?:much|expensive) (?:does|do) (?P<what>.+) cost $", r" what is the price of \g<what> "),
    (r"^ what (?:does|do) (?P<what>.+) cost $", r" what is the price of \g<what> "),
    (r"^ how expensive (?:is|are) (?P<what>.+) $", r" what is the price of \g<what> "),
    (r" the cost of(?= )", " the price of"),
]  # fmt: skip
_WHOSE = (
    rf" (?:the|a|my|our) (?P<a>{_THINGS}) of (?:the |a |my |our )?(?P<b>{_THINGS}){_STOP}",
    rf" (?:the|a|my|our) (?P<a>(?:{_THING} ){{0,2}}{_HEAD}) for (?:the |a |my |our )?(?P<b>{_THINGS}){_STOP}",
    rf" (?:the|a|my|our) (?P<b>{_THINGS}) 's (?P<a>{_THINGS}){_STOP}",
    rf" (?P<b>{_THING}) 's (?P<a>{_THINGS}){_STOP}",
)
_AGREEING: list[_Rewrite] = [
    # What only agrees with its neighbours.
    (r"^ (?:is|are|am|if|do|does)(?= )", " whether"),
    (r"^(?P<before> .+?) (?:do|does)(?= )(?! (?:in|on|at|by|to|from|with|about|for|if|when|not|$))", r"\g<before>"),
    (r" (?:is|are)(?= )", ""),
    # Not that of "5 am".
    (r" (?:i am|am i)(?= )", " i"),
    (r" the(?= )", ""),
    # Not the letter of a plan A.
    (rf"(?P<before> (?:{_EDGE}|{_BEFORE_ARTICLE})) a(?= [^ ]+ )", r"\g<before>"),
    (r"^ a(?= )", ""),
]  # fmt: skip


def is_english(line: str) -> bool:
    words = set(line.replace("'", " ").split())
    return len(words & lists.ENGLISH) > len(words & lists.OTHER)


def reword(line: str) -> list[str]:
    """The readings of an English question: one, or two where it says whose something is. In the first of the two, what is whose comes last."""
    line = _rewrite(_each(line, _spell_out), _PHRASES)
    in_front, inside = [_rewrite(line, [(pattern, join) for pattern in _WHOSE]) for join in (_in_front, _inside)]
    return [_each(_rewrite(one, _AGREEING), _number) for one in ([line] if in_front == line else [in_front, inside])]


def _rewrite(line: str, rewrites: Sequence[_Rewrite]) -> str:
    for pattern, instead in rewrites:
        # Compiled once: Python keeps those that it has seen.
        line = re.sub(pattern, instead, line)
    return line


def singular(word: str) -> str:
    """Without the "s" of many things or of "she pays". Nothing else is taken off: a market is no marketing, and no employer an employee."""
    if len(word) < _MIN_CHARS or word in lists.NO_PLURALS or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > _MIN_CHARS:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "shes", "ches", "xes")) else word[:-1]


def _each(line: str, change: Callable[[str], str]) -> str:
    return f" {' '.join(changed for word in line.split() if (changed := change(word)))} "


def _spell_out(word: str) -> str:
    if word in lists.SHORT:
        return lists.SHORT[word]
    if word.endswith("'s"):
        return f"{word[:-2]} 's"
    return f"{word[:-1]} 's" if word.endswith("s'") else lists.WORDS.get(word, word)


def _number(word: str) -> str:
    return str(lists.NUMBERS.index(word)) if word in lists.NUMBERS else word
