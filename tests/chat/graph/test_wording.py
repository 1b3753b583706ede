import pytest

from apps.chat.graph.wording import contradicts, lacks_number, numbers


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,000 files", {"1000"}),
        ("1.000.000 Dateien", {"1000000"}),
        ("3.50 and 3,5", {"3.5"}),
        ("50MB in 007 days", {"50", "7"}),
        ("v2 and covid19", set()),
        ("0.0", {"0"}),
    ],
)
def test_a_number_has_one_spelling(text, found):
    assert numbers(text) == found


@pytest.mark.parametrize(
    ("sentence", "passage", "is_lacking"),
    [
        ("It takes 3 days.", "It takes three days.", False),
        ("It takes 3 days.", "It takes four days.", True),
        ("Version v2 is out.", "Version V2 is out.", False),
        ("Version v3 is out.", "Version v2 is out.", True),
        ("No digits here.", "", False),
    ],
)
def test_numbers_have_to_be_in_the_passage(sentence, passage, is_lacking):
    assert lacks_number(sentence, [passage]) is is_lacking


def test_numbers_of_several_passages_count_together():
    assert not lacks_number("From 10 to 20.", ["At least 10.", "At most 20."])


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("It runs on Linux.", "It runs on Linux, but not on Windows."),
        ("It is not only quick.", "It is quick."),
        ("No more than 50 files.", "At most 50 files."),
        ("It is never rotated.", "It is not rotated."),
        ("It is rotated, is it not?", "It is rotated."),
    ],
)
def test_what_denies_nothing_of_the_other_is_no_contradiction(sentence, passage):
    assert not contradicts(sentence, passage)


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [("It doesn't rotate keys.", "It rotates keys; it rotate."), ("Without keys.", "With keys."), ("Keys never expire.", "All keys expire.")],
)
def test_a_word_that_one_denies_and_the_other_affirms_is_a_contradiction(sentence, passage):
    assert contradicts(sentence, passage)
