from collections import Counter

from tests.documents.hostile.corpus import make_corpus, sample
from tests.documents.hostile.shapes import BOMB

FAMILIES = {
    *("truncated", "flipped", "inside", "wrong type", "polyglot", "zip bomb", "zip lie", "xml", "outward", "pdf"),
    *("picture", "sheet", "nesting", "name", "nothing", "odd bytes", "charset", "odd text", "long"),
}


def test_there_are_some_hundreds_of_every_family():
    counted = Counter(hostile.family for hostile in make_corpus())
    assert set(counted) == FAMILIES
    assert counted.total() >= 300
    assert min(counted.values()) >= 8


def test_no_two_are_called_the_same():
    ids = [hostile.id for hostile in make_corpus()]
    assert len(ids) == len(set(ids))


def test_the_same_seed_makes_the_same_bytes():
    first, second = (sample(make_corpus(seed=3), 60) for _ in range(2))
    assert [(one.id, one.make()) for one in first] == [(one.id, one.make()) for one in second]


def test_another_seed_spoils_other_bytes():
    first, second = ({one.id: one for one in make_corpus(seed=seed)} for seed in (3, 4))
    assert first["flipped/200 bits flipped.pdf"].make() != second["flipped/200 bits flipped.pdf"].make()


def test_a_sample_takes_of_each_family_and_nothing_heavy():
    chosen = sample(make_corpus(), 40)
    light = FAMILIES - {"long"}
    assert {one.family for one in chosen} == light
    assert not any(one.is_heavy for one in chosen)


def test_bombs_may_not_be_read_as_if_nothing_were():
    bombs = [one for one in make_corpus() if one.family == "zip bomb" and one.ends]
    assert bombs
    assert all(one.ends <= BOMB for one in bombs)
