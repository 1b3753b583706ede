"""All hostile files in one list, and a fair sample of it."""

import random
from collections import defaultdict
from collections.abc import Sequence

from tests.documents.hostile.bombs_pdf import pdf_bombs
from tests.documents.hostile.bombs_xml import outward, xml_bombs
from tests.documents.hostile.bombs_zip import zip_bombs, zip_lies
from tests.documents.hostile.damage import damaged
from tests.documents.hostile.names import names
from tests.documents.hostile.nesting import nesting
from tests.documents.hostile.oddities import oddities
from tests.documents.hostile.pictures import pictures
from tests.documents.hostile.shapes import LURES, Hostile, Lures
from tests.documents.hostile.sheets import sheets
from tests.documents.hostile.wrong import polyglots, wrong_types

SEED = 7


def make_corpus(seed: int = SEED, lures: Lures = LURES) -> list[Hostile]:
    """Every file of every family; the same seed makes the same bytes."""
    return [
        *damaged(seed),
        *wrong_types(),
        *polyglots(),
        *zip_bombs(),
        *zip_lies(),
        *xml_bombs(lures),
        *outward(lures),
        *pdf_bombs(lures),
        *pictures(),
        *sheets(),
        *nesting(),
        *names(),
        *oddities(seed),
    ]


def sample(corpus: Sequence[Hostile], count: int, seed: int = SEED) -> list[Hostile]:
    """So many of the light ones, of each family as many as of every other."""
    families: dict[str, list[Hostile]] = defaultdict(list)
    for hostile in corpus:
        if not hostile.is_heavy:
            families[hostile.family].append(hostile)
    chance = random.Random(seed)
    for members in families.values():
        chance.shuffle(members)
    rounds = max(len(members) for members in families.values())
    turns = [members[at] for at in range(rounds) for members in families.values() if at < len(members)]
    return turns[:count]
