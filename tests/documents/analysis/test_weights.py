from math import isclose, log

from hypothesis import given
from hypothesis import strategies as st

from apps.documents.analysis.weights import K1, WEIGHT_MAX, B, idf, sparse_vector, weigh

counts = st.dictionaries(st.integers(1, 10**9), st.integers(1, 50), min_size=1, max_size=20)


@given(counts, st.floats(5, 500))
def test_both_halves_together_are_the_score_of_bm25(passage, mean):
    length = sum(passage.values())
    rarity = {term: idf(term % 40, 40) for term in passage}
    score = sum(rarity[term] * weight for term, weight in weigh(passage, length, mean).items())
    norm = K1 * (1 - B + B * length / mean)
    assert isclose(score, sum(rarity[term] * tf * (K1 + 1) / (tf + norm) for term, tf in passage.items()))


@given(counts, st.floats(5, 500))
def test_no_weight_is_more_than_the_most(passage, mean):
    assert all(0 < weight < WEIGHT_MAX for weight in weigh(passage, sum(passage.values()), mean).values())


def test_a_rare_term_tells_more_and_none_tells_less_than_nothing():
    assert idf(0, 100) > idf(1, 100) > idf(50, 100) > idf(100, 100) > 0
    assert isclose(idf(0, 0), log(1 + 0.5 / 0.5))
    # More than there are: counted at another moment.
    assert idf(7, 5) > 0


def test_weights_are_written_as_the_database_reads_them():
    assert sparse_vector({3: 1.5, 70: 0.123456789}) == "{3:1.5,70:0.12346}/1000000000"
    assert sparse_vector({}) == "{}/1000000000"
