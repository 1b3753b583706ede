"""Make a list worth reading of a ranking: the same text once, neighbours as one, and not everything from one document.

Nothing is lost by it: what says nearly the same as a better hit, or stands right beside it, is shown with it; what a document has
over its share comes behind the others, where there is room.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from apps.documents.search.reading import Found

# Two passages say nearly the same where this share of all their terms is in both: a copy with another date, name or heading.
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


def diversify(ranked: Sequence[Found], limit: int, *, joins: bool = True) -> list[Group]:
    """Return at most `limit` hits from a ranking, the best first. With `joins`, neighbours are one hit."""
    share = max(_SHARE_MIN, int(limit * _SHARE))
    groups: list[Group] = []
    over: list[Group] = []
    taken = Counter[object]()
    for found in ranked:
        if (like := _find_alike(found, groups)) is not None:
            like.alike.append(found)
        elif joins and (beside := _find_neighbour(found, groups)) is not None:
            beside.neighbours.append(found)
        elif taken[found.document_id] >= share:
            over.append(Group(found))
        elif len(groups) < limit:
            taken[found.document_id] += 1
            groups.append(Group(found))
    return [*groups, *over][:limit]


def _find_alike(found: Found, groups: Sequence[Group]) -> Group | None:
    return next((group for group in reversed(groups[-_LOOK_BACK:]) if _is_alike(found, group.lead)), None)


def _is_alike(one: Found, other: Found) -> bool:
    smaller, larger = sorted((one.terms, other.terms), key=len)
    # The union is at least the larger one: most pairs are told apart by their sizes.
    if len(smaller) < max(_TERMS_MIN, _ALIKE * len(larger)):
        return one.text == other.text
    shared = len(smaller & larger)
    return shared >= _ALIKE * (len(smaller) + len(larger) - shared)


def _find_neighbour(found: Found, groups: Sequence[Group]) -> Group | None:
    for group in groups:
        if group.lead.version_id == found.version_id:
            span = [group.lead.ordinal, *(one.ordinal for one in group.neighbours)]
            if found.ordinal in (min(span) - 1, max(span) + 1):
                return group
    return None
