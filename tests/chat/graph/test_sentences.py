from apps.chat.graph.sentences import sentence_spans, split_answer


def texts(text):
    return [text[start:end] for start, end in sentence_spans(text)]


def test_sentences_end_at_their_marks_of_punctuation():
    assert texts("One. Two! Three? Four") == ["One.", "Two!", "Three?", "Four"]


def test_numbers_and_abbreviations_do_not_end_a_sentence():
    assert texts("It costs 3.5 euros, e.g. in May. See fig. 2.") == ["It costs 3.5 euros, e.g. in May.", "See fig. 2."]


def test_a_line_is_a_sentence():
    assert texts("- one\n- two\n\n\n") == ["- one", "- two"]


def test_sentences_of_a_script_without_spaces_are_found():
    assert texts("一。二。") == ["一。", "二。"]


def test_marks_belong_to_the_sentence_before_them():
    first, second = split_answer("One. [1][2] Two [3].")
    assert (first.text, first.numbers) == ("One.", (1, 2))
    assert (second.text, second.numbers) == ("Two .", (3,))


def test_a_sentences_place_includes_its_marks():
    text = "One. [1] Two."
    assert [text[one.start : one.end] for one in split_answer(text)] == ["One. [1]", "Two."]
