"""Whether two questions that look alike to an embedder ask the same. Pure; when in doubt they do not.

"How much is the fee in 2024?" and "... in 2025?" have vectors that are as good as one, and so have a question and its negation. So nothing
is weighed here: each question is brought to its plain words by a list of rewrites that never change what is asked (`courtesy.py`,
`wording.py`), and two questions are the same where these words are, one by one and in their order. A number, a name, a "not", an opposite,
a question word, two names in each other's place: each is a word that is there or is not, in any language.
"""

from functools import lru_cache

from apps.gateway.caching.courtesy import read_line, without_courtesy, write
from apps.gateway.caching.wording import is_english, reword, singular
from apps.gateway.caching.words import Word, split_words

Reading = tuple[Word, ...]


def is_same_question(one: str, other: str) -> bool:
    """Where both say whose something is, what is whose has to come last in both: "the old manager's address" is no "manager's old address".

    "The library opening hours" says nothing of the kind, and is the same as either way of putting it.
    """
    if one == other:
        return True
    first, second = readings(one), readings(other)
    pairs = [(first[0], second[0])] if len(first) == len(second) else [(first[-1], second[-1]), (first[0], second[0])]
    return any(_are_same(*pair) for pair in pairs)


@lru_cache(maxsize=1_000)
def readings(question: str) -> tuple[Reading, ...]:
    """What is asked, in one or two ways, as `wording.reword` has them. Empty where the question has signs that no text should have."""
    line = without_courtesy(write(split_words(question)))
    return tuple(tuple(read_line(one)) for one in (reword(line) if is_english(line) else [line]))


def plain(question: str) -> str:
    """The question as it is embedded: "Hello, could you please tell me" is not what is asked."""
    return " ".join(word.text for word in readings(question)[0]) or question


def _are_same(one: Reading, other: Reading) -> bool:
    return bool(one) and len(one) == len(other) and all(map(_is_same, one, other))


def _is_same(one: Word, other: Word) -> bool:
    if one.text == other.text:
        return True
    # Of names, and of what stands between quotation marks, each letter counts.
    return not (one.is_name or other.is_name) and singular(one.text) == singular(other.text)
