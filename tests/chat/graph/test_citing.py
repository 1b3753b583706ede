from apps.chat.graph.citing import Citer
from tests.chat.graph.scene import passage

PASSAGES = [passage(10, "ten"), passage(20, "twenty"), passage(30, "thirty")]


def test_numbers_follow_the_order_of_first_appearance():
    citer = Citer(PASSAGES)
    assert citer.feed("C. [3] A. [1] C again. [3]") + citer.close() == "C. [1] A. [2] C again. [1]"
    assert {number: one.id for number, one in citer.sources.items()} == {1: 30, 2: 10}


def test_several_numbers_become_marks_of_their_own():
    citer = Citer(PASSAGES)
    assert citer.feed("Both. [2, 1]") == "Both. [1][2]"


def test_a_number_said_twice_in_one_mark_is_shown_once():
    assert Citer(PASSAGES).feed("Twice. [2, 2]") == "Twice. [1]"


def test_a_citation_that_points_to_nothing_is_dropped_and_counted():
    citer = Citer(PASSAGES)
    assert citer.feed("Nothing. [9] Half. [0, 2]") == "Nothing.  Half. [1]"
    assert citer.dropped_count == 2


def test_without_passages_every_mark_is_dropped():
    citer = Citer([])
    assert citer.feed("So [1].") == "So ."
    assert citer.sources == {}
