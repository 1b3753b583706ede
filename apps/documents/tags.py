"""What a tag is: a few words that people put on a document to find it by. They are written in one way, here and nowhere else."""

import unicodedata
from collections.abc import Iterable

from apps.common.errors import Invalid
from apps.documents.constants import TAG_MAX_CHARS, TAGS_MAX

# Controls, what turns text around or has no width, and halves of characters; but for the joiners, without which some scripts are misspelt.
_NOT_SHOWN = frozenset({"Cc", "Cf", "Cs"})
_JOINERS = "\u200c\u200d"


def tidy_tag(text: str) -> str:
    """Return the one way in which a tag is written, without asking whether it may be one."""
    lowered = unicodedata.normalize("NFKC", text).lower()
    # Lower case takes some letters apart. What is no word but a joiner goes before the words are joined, or a space would be left behind it.
    words = unicodedata.normalize("NFKC", lowered).split()
    return " ".join(word for word in words if word.strip(_JOINERS)).strip(_JOINERS)


def split_tags(text: str) -> list[str]:
    """Read tags from a field of text, with commas between; those of Chinese and Japanese count too."""
    return unicodedata.normalize("NFKC", text).split(",")


def clean_tags(texts: Iterable[str]) -> list[str]:
    """Return tags as they are kept: in the order given, each once, what is blank left out. Raises Invalid for what is no tag."""
    kept: dict[str, None] = {}
    for number, text in enumerate(texts, 1):
        if not (tag := tidy_tag(text)):
            continue
        _check(tag, number)
        kept[tag] = None
        if len(kept) > TAGS_MAX:
            raise Invalid(f"A document has at most {TAGS_MAX} tags. Leave some out.")
    return list(kept)


def _check(tag: str, number: int) -> None:
    """The tag is told by its number: errors hold nothing that people wrote."""
    if len(tag) > TAG_MAX_CHARS:
        raise Invalid(f"A tag has at most {TAG_MAX_CHARS} characters, and tag {number} has {len(tag):,}. Shorten it.")
    if "," in tag:
        raise Invalid(f"Tag {number} holds a comma, which stands between tags. Give each tag by itself.")
    if any(unicodedata.category(sign) in _NOT_SHOWN and sign not in _JOINERS for sign in tag):
        raise Invalid(f"Tag {number} holds a character that cannot be shown. Write it anew.")
