from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.documents.search.fusion import Fused, Scores, fuse, moved_cosines

scores = st.dictionaries(st.integers(1, 50), st.builds(Scores, st.floats(0, 1), st.none() | st.floats(-1, 1)), max_size=30)


def order(**given):
    return [one.passage_id for one in fuse({int(name[1:]): Scores(*score) for name, score in given.items()}, 1.0)]


def test_what_both_legs_find_comes_before_what_one_finds():
    assert order(p1=(0.9, None), p2=(0.7, 0.6), p3=(0.0, 0.9)) == [2, 1, 3]


def test_equal_scores_are_ordered_by_id():
    assert order(p9=(0.5, 0.1), p3=(0.5, 0.1)) == [3, 9]


def test_a_model_that_is_not_trusted_counts_for_little():
    both = {1: Scores(0.6, 0.2), 2: Scores(0.5, 0.9)}
    assert [one.passage_id for one in fuse(both, 1.0)] == [2, 1]
    assert [one.passage_id for one in fuse(both, 0.05)] == [1, 2]


def test_a_vector_that_points_away_takes_nothing_from_the_words():
    assert fuse({1: Scores(0.5, -0.8)}, 1.0) == [Fused(1, 0.25)]


def test_nothing_found_is_an_empty_list():
    assert fuse({}, 1.0) == []


@given(scores, st.floats(0, 2))
def test_a_score_does_not_depend_on_what_else_is_found(found, meaning):
    whole = {one.passage_id: one.score for one in fuse(found, meaning)}
    assert {pk: fuse({pk: score}, meaning)[0].score for pk, score in found.items()} == whole
    assert all(0 <= score <= 1 for score in whole.values())


@given(scores)
def test_the_list_is_in_order_and_the_same_each_time(found):
    listed = fuse(found, 1.0)
    assert [one.score for one in listed] == sorted((one.score for one in listed), reverse=True)
    assert listed == fuse(dict(reversed(found.items())), 1.0)
    assert {one.passage_id for one in listed} == found.keys()


def unit(values):
    vector = np.array(values, dtype=float)
    return vector / np.linalg.norm(vector)


@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.floats(0, 1))
def test_a_question_moves_as_its_vector_would(seed, count, step):
    chance = np.random.default_rng(seed)
    question, passages = unit(chance.normal(size=8)), {pk: unit(chance.normal(size=8)) for pk in range(1, 7)}
    best = list(passages)[:count]
    cosines = {pk: float(question @ one) for pk, one in passages.items()}
    likeness = {one: {pk: float(passages[one] @ other) for pk, other in passages.items()} for one in best}
    moved = unit(question + step * np.mean([passages[one] for one in best], axis=0))
    expected = {pk: float(moved @ one) for pk, one in passages.items()}
    assert moved_cosines(cosines, likeness, step) == pytest.approx(expected)


def test_without_a_best_passage_the_question_stays_where_it_is():
    assert moved_cosines({1: 0.5}, {}) == {1: 0.5}
    assert moved_cosines({1: 1.0, 2: 0.0}, {1: {1: 1.0, 2: 0.0}}, 1.0) == pytest.approx({1: 1.0, 2: 0.0})
    assert moved_cosines({1: 0.6}, {1: {1: 1.0}}, 1.0)[1] == pytest.approx(1.6 / sqrt(1 + 1.2 + 1))
