from hypothesis import given
from hypothesis import strategies as st

from apps.documents.search.fusion import fuse

legs = st.lists(st.tuples(st.integers(1, 50), st.floats(-10, 10)), unique_by=lambda c: c[0], max_size=30)


def ids(**candidates):
    return [hit.passage_id for hit in fuse({name: (1.0, found) for name, found in candidates.items()}, 10)]


def test_what_both_legs_find_comes_before_what_one_finds():
    assert ids(words=[(1, 0.9), (2, 0.8), (3, 0.1)], meaning=[(4, 0.9), (2, 0.8), (5, 0.1)])[0] == 2


def test_a_leg_without_candidates_changes_nothing():
    assert ids(words=[(7, 0.9), (8, 0.2)], meaning=[]) == [7, 8]


def test_equal_scores_are_ordered_by_id():
    assert ids(words=[(9, 0.5), (3, 0.5)], meaning=[]) == [3, 9]


def test_it_explains_rank_and_score_of_each_leg():
    (best, *_rest) = fuse({"words": (0.5, [(1, 0.9), (2, 0.1)]), "meaning": (0.5, [(2, 0.7)])}, 2)
    assert best.explanation["words"]["rank"] == 1
    assert best.explanation["meaning"] is None


def test_nothing_found_is_an_empty_list():
    assert fuse({"words": (1.0, [])}, 5) == []


@given(legs, legs, st.integers(1, 10))
def test_it_returns_distinct_candidates_in_a_stable_order(words, meaning, limit):
    both = {"words": (0.4, words), "meaning": (0.6, meaning)}
    found = fuse(both, limit)
    known = {pk for pk, _score in words + meaning}
    assert len({hit.passage_id for hit in found}) == len(found) == min(limit, len(known))
    assert found == fuse(both, limit)
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
