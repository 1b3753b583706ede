"""The measures of TREC, by numbers that were worked out by hand."""

from math import log2

import pytest

from apps.documents.evaluation.measures import ndcg, percentile, recall, reciprocal_rank

JUDGED = {"a": 2, "b": 1, "c": 0}


@pytest.mark.parametrize(
    ("ranked", "value"),
    [
        (["a", "b"], 1.0),
        (["b", "a"], (1 + 2 / log2(3)) / (2 + 1 / log2(3))),
        (["x", "c", "a"], (2 / log2(4)) / (2 + 1 / log2(3))),
        (["x"] * 10 + ["a"], 0.0),
        ([], 0.0),
    ],
)
def test_gain_counts_by_how_high_it_stands_and_how_relevant_it_is(ranked, value):
    assert ndcg(ranked, JUDGED) == pytest.approx(value)


def test_the_best_that_there_could_be_is_cut_at_the_same_depth():
    many = {str(number): 1 for number in range(20)}
    assert ndcg([str(number) for number in range(10)], many) == pytest.approx(1.0)
    assert ndcg(["a"], {"a": 0}) == 0.0


def test_recall_is_the_part_of_the_relevant_ones_that_is_found():
    assert recall(["b", "x", "c"], JUDGED) == 0.5
    assert recall(["x", "a", "b"], JUDGED, depth=2) == 0.5
    assert recall(["c"], {"c": 0}) == 0.0


def test_the_reciprocal_rank_is_that_of_the_first_relevant_one():
    assert reciprocal_rank(["c", "x", "b", "a"], JUDGED) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x"] * 10 + ["a"], JUDGED) == 0.0


@pytest.mark.parametrize(("percent", "value"), [(0, 1), (50, 2), (51, 3), (75, 3), (95, 4), (100, 4)])
def test_a_percentile_is_one_of_the_values(percent, value):
    assert percentile([4, 1, 3, 2], percent) == value


def test_of_no_values_there_is_none():
    assert percentile([], 50) == 0.0
