"""A question as words, each with what marks it as a name. All signs but those that end or part sentences belong to the words."""

import re
import unicodedata
from dataclasses import dataclass

_QUOTED = re.compile(r"`([^`]+)`|\"([^\"]+)\"|“([^”“]+)”|„([^“”„]+)[“”]|«([^»«]+)»|(?<![^\s(])'([^']+)'(?![^\s).,;:?!])|(\S+)")
# Of no meaning at the end of a word. A dash at its beginning makes a number a negative one; a dot there is part of a name (.NET).
_AFTER = "?!.,;:…)]}»”’\"'？！。，；：、）¿¡"
_BEFORE = "([{«“„‘\"'¿¡（"
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ´", "'"))
_PERCENT = re.compile(r"[-+−]?\d[\d.,]*%")
_ENDS_SENTENCE, _ENDS_PART = ".!?:。！？：", ",;，；"


@dataclass(frozen=True, slots=True)
class Word:
    """`text` is in small letters where case tells nothing. `is_name`: to be compared letter by letter. `ends_part`: a comma follows."""

    text: str
    is_name: bool = False
    ends_part: bool = False


def split_words(question: str) -> list[Word]:
    plain = unicodedata.normalize("NFC", question).translate(_APOSTROPHES)
    has_small = any(sign.islower() for sign in plain)
    words: list[Word] = []
    begins = True
    for found in _QUOTED.finditer(plain):
        quoted = next((group for group in found.groups()[:-1] if group is not None), None)
        if quoted is not None:
            words.append(Word(f"“{' '.join(quoted.split())}”", is_name=True))
        else:
            words += _words_of(found.group(), begins=begins, has_small=has_small)
        begins = found.group()[-1] in _ENDS_SENTENCE
    return words


def _words_of(written: str, *, begins: bool, has_small: bool) -> list[Word]:
    bare = written.lstrip(_BEFORE).rstrip(_AFTER)
    if not bare:
        return []
    ends_part = written[-1] in _ENDS_PART
    if _PERCENT.fullmatch(bare):
        return [Word(bare[:-1], is_name=True), Word("percent", ends_part=ends_part)]
    is_capital = bare[0].isupper() and bare != "I" and not bare.startswith("I'")
    # "IT" and "it", "WHO" and "who" are two words, where anything in the question is written small at all.
    is_acronym = len(bare) > 1 and bare.isupper() and has_small
    is_code = any(sign.isdigit() or sign in "_/\\@#" for sign in bare)
    text = bare if is_acronym else bare.lower()
    return [Word(text, is_code or is_acronym or (is_capital and not begins), ends_part)]
