import pytest

from apps.documents.models import Passage
from apps.documents.search import words
from apps.documents.search.words import find_by_words

pytestmark = pytest.mark.django_db


@pytest.fixture
def find(alice_reader, make_document):
    def ask(question, *texts, reader=alice_reader):
        made = {make_document(alice_reader, text, f"{number}.txt").id: text for number, text in enumerate(texts)}
        found = find_by_words(Passage.objects.visible_to(reader).current(), question)
        passages = Passage.objects.in_bulk([pk for pk, _score in found])
        documents = dict(Passage.objects.values_list("id", "version__document"))
        return [made[documents[pk]] for pk in passages and [pk for pk, _score in found]]

    return ask


def test_any_of_the_words_will_do(find):
    assert find("How do I sew on cords?", "Sewing takes time.", "Cords are linen.", "Paste is glue.") == ["Cords are linen.", "Sewing takes time."]


def test_a_rare_word_counts_more_than_a_common_one(find):
    common = [f"The press number {number} is a press, a press." for number in range(5)]
    assert find("press colophon", *common, "A colophon ends the book.")[0] == "A colophon ends the book."


def test_more_of_the_words_count_more(find):
    assert find("waxed linen thread", "Waxed linen thread.", "Linen cloth.", "Waxed floors.")[0] == "Waxed linen thread."


def test_stop_words_and_unknown_words_find_nothing(find):
    assert find("what is the of", "What is the matter?") == []
    assert find("xylophone", "A bone folder.") == []


@pytest.mark.parametrize("question", ["it's O'Brien's \\ path", "'", "C:\\temp\\x", "a & b | !c", "http://example.org/a?b=c", "50% off", "{1,2}", '"', "%s"])
def test_marks_in_a_question_are_only_marks(find, question):
    assert isinstance(find(question, "O'Brien's path is C:\\temp\\x at http://example.org/a?b=c with 50% off."), list)


def test_common_terms_make_no_candidates_where_rare_ones_do(find, monkeypatch):
    monkeypatch.setattr(words, "_CANDIDATES_EXPECTED", 2)
    assert find("thread cord", "Thread here.", "Thread there.", "A cord.") == ["A cord."]


def test_what_others_hide_moves_no_score(alice_reader, bob_reader, make_document):
    make_document(bob_reader, "Linen thread.", "a.txt")
    make_document(bob_reader, "Waxed thread.", "b.txt")
    passages = Passage.objects.visible_to(bob_reader).current()
    before = find_by_words(passages, "linen thread")
    for number in range(4):
        make_document(alice_reader, f"Linen number {number}.", f"{number}.txt", access="restricted")
    assert find_by_words(passages, "linen thread") == before
