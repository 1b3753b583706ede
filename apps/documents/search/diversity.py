"""Make a list worth reading of a ranking: the same text once, neighbours as one, and not everything from one document.

Nothing is lost by it: what says nearly the same as a better hit, or stands right beside it, is shown with it; what a document has
over its share comes behind the others, where there is room.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from re import findall

from apps.documents.search.reading import Found

# Two passages say nearly the same where this share of all their terms is in both, and every number and name: a copy with another
# heading or a word put right. What differs in a number or a name is another contract, invoice or price.
_ALIKE = 0.85
# Terms of fewer than so many say too little of a text: "Page 3 of 7" is not "Page 4 of 7".
_TERMS_MIN = 8
# What says the same scores the same, so it stands near in the ranking.
_LOOK_BACK = 12
# Of the hits from one document, unless there is no other: this share, and so many at least.
_SHARE = 0.4
_SHARE_MIN = 3


@dataclass(slots=True)
class Group:
    """A hit, and what is shown with it."""

    lead: Found
    alike: list[Found] = field(default_factory=list)
    neighbours: list[Found] = field(default_factory=list)


def diversify(batches: Iterable[Sequence[Found]], limit: int, *, joins: bool = True) -> list[Group]:
    """Return at most `limit` hits from a ranking, the best first. A further batch of it is taken only while there are fewer.

    With `joins`, neighbours are one hit, and so is what says nearly the same; without, only the same text is.
    """
    share = max(_SHARE_MIN, int(limit * _SHARE))
    groups: list[Group] = []
    over: list[Group] = []
    taken = Counter[object]()
    for batch in batches:
        for found in batch:
            if (like := _find_alike(found, groups, joins=joins)) is not None:
                like.alike.append(found)
            elif joins and (beside := _find_neighbour(found, groups)) is not None:
                beside.neighbours.append(found)
            elif taken[found.document_id] >= share:
                over.append(Group(found))
            elif len(groups) < limit:
                taken[found.document_id] += 1
                groups.append(Group(found))
        if len(groups) == limit:
            break
    return [*groups, *over][:limit]


def _find_alike(found: Found, groups: Sequence[Group], *, joins: bool) -> Group | None:
    is_alike = _is_alike if joins else _is_same
    return next((group for group in reversed(groups[-_LOOK_BACK:]) if is_alike(found, group.lead)), None)


def _is_same(one: Found, other: Found) -> bool:
    return one.text == other.text


def _is_alike(one: Found, other: Found) -> bool:
    smaller, larger = sorted((one.terms, other.terms), key=len)
    # The union is at least the larger one: most pairs are told apart by their sizes.
    if len(smaller) < max(_TERMS_MIN, _ALIKE * len(larger)):
        return _is_same(one, other)
    shared = len(smaller & larger)
    return shared >= _ALIKE * (len(smaller) + len(larger) - shared) and _names(one.text) == _names(other.text)


def _names(text: str) -> list[str]:
    """Return the numbers and names of a text in their order: what has a digit, or begins with a capital letter."""
    return [word for word in findall(r"\w+", text) if word[0].isupper() or any(letter.isdigit() for letter in word)]


def _find_neighbour(found: Found, groups: Sequence[Group]) -> Group | None:
    for group in groups:
        if group.lead.version_id == found.version_id:
            span = [group.lead.ordinal, *(one.ordinal for one in group.neighbours)]
            if found.ordinal in (min(span) - 1, max(span) + 1):
                return group
    return None
