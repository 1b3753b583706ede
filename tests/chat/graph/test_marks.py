import itertools
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.chat.graph.marks import Mark, MarkParser, neutralise_marks, strip_marks

ALPHABET = st.text(alphabet="[]0123, `\nab", max_size=60)


def parse(*chunks):
    parser = MarkParser()
    pieces = [piece for chunk in chunks for piece in parser.feed(chunk)] + parser.close()
    return joined(pieces)


def joined(pieces):
    """Neighbouring text as one piece: where it was cut does not matter."""
    result = [""]
    for piece in pieces:
        if isinstance(piece, str) and isinstance(result[-1], str):
            result[-1] += piece
        else:
            result.append(piece)
    return [piece for piece in result if piece != ""]


def test_it_reads_a_mark():
    assert parse("Yes. [2]") == ["Yes. ", Mark((2,))]


def test_it_reads_marks_that_stand_together():
    assert parse("Yes [1][2].") == ["Yes ", Mark((1,)), Mark((2,)), "."]


def test_it_reads_several_numbers_in_one_mark():
    assert parse("Yes [1, 2,3].") == ["Yes ", Mark((1, 2, 3)), "."]


def test_it_reads_a_mark_that_is_split_over_chunks():
    assert parse("Yes [", "1", "2", "] no") == ["Yes ", Mark((12,)), " no"]


def test_it_holds_back_only_what_may_become_a_mark():
    parser = MarkParser()
    assert parser.feed("so [1") == ["so "]
    assert parser.feed("x") == ["[1x"]


def test_it_gives_back_an_unfinished_mark_at_the_end():
    assert parse("so [1") == ["so [1"]


def test_it_leaves_other_brackets_alone():
    assert parse("[x] [] [,1] [1-2] [ ]") == ["[x] [] [,1] [1-2] [ ]"]


def test_a_bracket_in_a_bracket_starts_anew():
    assert parse("[1[2]") == ["[1", Mark((2,))]


def test_it_gives_up_on_a_mark_that_never_ends():
    text = "[" + "1, " * 60 + "]"
    assert parse(text) == [text]


def test_it_leaves_inline_code_alone():
    assert parse("`rows[1]` and [1]") == ["`rows[1]` and ", Mark((1,))]


def test_it_leaves_a_code_block_alone():
    assert parse("```python\nrows[1]\n\nrows[2]\n```\nso [1]") == ["```python\nrows[1]\n\nrows[2]\n```\nso ", Mark((1,))]


def test_a_lone_backtick_hides_marks_only_until_its_paragraph_ends():
    assert parse("a ` b [1]\n\nc [2]") == ["a ` b [1]\n\nc ", Mark((2,))]


@settings(max_examples=300, deadline=None)
@given(ALPHABET, st.lists(st.integers(0, 60), max_size=8))
def test_any_chunking_gives_the_same_pieces(text, cuts):
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    chunks = [text[start:end] for start, end in itertools.pairwise(places)]
    assert parse(*chunks) == parse(text)


@settings(max_examples=200, deadline=None)
@given(ALPHABET)
def test_no_character_of_the_text_is_lost(text):
    pieces = parse(*text)
    shown = "".join(piece if isinstance(piece, str) else "".join(map(str, piece.numbers)) for piece in pieces)
    assert sorted(shown.replace("0", "").translate(str.maketrans("", "", "[], "))) == sorted(text.replace("0", "").translate(str.maketrans("", "", "[], ")))


def test_an_earlier_answer_loses_its_marks():
    assert strip_marks("One. [1] Two [2], three [1, 3].\n") == "One.  Two, three."


def test_a_passages_own_marks_become_round():
    assert neutralise_marks("as shown [12], [a] and [1, 2]") == "as shown (12), [a] and (1, 2)"


def test_spaces_without_end_are_read_once():
    started = time.process_time()
    assert strip_marks("a" + " " * 60_000 + "b [1].") == "a" + " " * 60_000 + "b."
    # From each space anew it took half a minute.
    assert time.process_time() - started < 2
