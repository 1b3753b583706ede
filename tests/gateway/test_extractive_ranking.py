"""Which units are looked at, and which of them are quoted. Vectors are made by hand here."""

import numpy as np

from apps.gateway.providers.extractive.ranking import CANDIDATES_CHARS, CANDIDATES_MAX, UNITS_MAX, Candidate, choose, shortlist
from apps.gateway.providers.extractive.units import read_units
from tests.gateway.conftest import passage

ASKED = np.eye(12, dtype=np.float32)[0]


def candidates(*texts, coverage=0.0):
    return [Candidate(unit, coverage) for unit in read_units([passage(number, text) for number, text in enumerate(texts, start=1)])]


def vectors(*cosines):
    """Unit vectors with these cosines to the question; each says something else besides."""
    rows = np.zeros((len(cosines), len(ASKED)), dtype=np.float32)
    rows[:, 0] = cosines
    rows[np.arange(len(cosines)), np.arange(len(cosines)) + 1] = np.sqrt(1 - np.square(cosines))
    return rows


def numbers(units):
    return [unit.number for unit in units]


def test_units_that_share_words_are_looked_at_first():
    units = read_units([passage(1, "Gardens are green."), passage(2, "Keys open doors."), passage(3, "A key is rotated by its owner.")])
    assert numbers(candidate.unit for candidate in shortlist("How is a key rotated?", units)) == [3, 2, 1]


def test_words_of_the_heading_count_less_than_words_of_the_sentence():
    units = read_units([passage(1, "Port\n\nIt is 8000."), passage(2, "The port is 8000."), passage(3, "It is blue.")])
    coverage = {candidate.unit.number: candidate.coverage for candidate in shortlist("Which port?", units)}
    assert coverage[2] > coverage[1] > coverage[3] == 0


def test_only_so_much_text_is_looked_at():
    many = read_units([passage(1, " ".join(f"Sentence number {number} is here." for number in range(100)))])
    assert len(shortlist("Which number?", many)) == CANDIDATES_MAX
    long = read_units([passage(number, f"{number} " + "word " * 100 + ".") for number in range(20)])
    assert sum(len(candidate.looked_at) for candidate in shortlist("Which word?", long)) <= CANDIDATES_CHARS


def test_nothing_is_looked_at_where_there_is_nothing():
    assert shortlist("Which port?", []) == []
    assert choose([], ASKED, np.empty((0, 12), dtype=np.float32)) == []


def test_what_is_below_the_threshold_is_not_quoted():
    assert choose(candidates("One.", "Two."), ASKED, vectors(0.40, 0.30)) == []
    assert numbers(choose(candidates("One.", "Two."), ASKED, vectors(0.50, 0.30))) == [1]


def test_shared_words_lift_a_unit_over_the_threshold():
    assert numbers(choose(candidates("One.", coverage=0.5), ASKED, vectors(0.30))) == [1]


def test_what_is_much_weaker_than_the_best_is_not_quoted():
    assert numbers(choose(candidates("One.", "Two.", "Three."), ASKED, vectors(0.9, 0.5, 0.8))) == [1, 3]


def test_what_says_nearly_the_same_is_quoted_once():
    same = vectors(0.8, 0.79)
    same[1, 1:3] = 0.6, 0.1
    assert numbers(choose(candidates("One.", "Once more."), ASKED, same)) == [1]


def test_no_more_than_five_are_quoted():
    texts = [f"Sentence {number}." for number in range(9)]
    assert len(choose(candidates(*texts), ASKED, vectors(*[0.6] * 9))) == UNITS_MAX


def test_the_best_passage_leads_and_its_sentences_keep_their_order():
    found = candidates("One first. One second.", "Two first. Two second.")
    chosen = choose(found, ASKED, vectors(0.70, 0.72, 0.68, 0.80))
    assert [unit.line.text for unit in chosen] == ["Two first.", "Two second.", "One first.", "One second."]


def test_lines_that_an_introduction_brings_along_are_not_quoted_again():
    found = candidates("The roles are:\n\n- owner\n- editor\n\nAsk for one.")
    assert [candidate.unit.line.text for candidate in found] == ["The roles are:", "owner", "editor", "Ask for one."]
    chosen = choose(found, ASKED, vectors(0.8, 0.7, 0.7, 0.65))
    assert [unit.line.text for unit in chosen] == ["The roles are:", "Ask for one."]
    chosen = choose(found, ASKED, vectors(0.7, 0.8, 0.9, 0.1))
    assert [unit.line.text for unit in chosen] == ["owner", "editor"]
