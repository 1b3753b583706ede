import pytest

from apps.chat.graph.support import better, find_backing, find_backings, weigh

PASSAGE = "Quire runs on Linux. The limit is 50 megabytes a file.\nBackups are kept for 30 days; then they are removed."


def words_of(sentence, passage=PASSAGE):
    backing = find_backing(sentence, passage)
    return passage[backing.start : backing.end]


def test_a_quote_is_supported_by_its_very_words():
    assert find_backing("The limit is 50 megabytes a file.", PASSAGE).support == "supported"
    assert words_of("The limit is 50 megabytes a file.") == "The limit is 50 megabytes a file."


def test_spaces_case_and_punctuation_do_not_spoil_a_quote():
    assert words_of("the LIMIT is 50\n megabytes, a file") == "The limit is 50 megabytes a file."


def test_most_of_the_terms_and_all_numbers_are_support_too():
    assert find_backing("A file has a limit of 50 megabytes.", PASSAGE).support == "supported"
    assert words_of("A file has a limit of 50 megabytes.") == "The limit is 50 megabytes a file."


def test_a_number_that_the_passage_lacks_is_never_supported():
    assert find_backing("The limit is 70 megabytes a file.", PASSAGE).support == "weak"


def test_a_few_common_terms_are_weak_support():
    assert find_backing("Backups are removed by the administrator on Sunday.", PASSAGE).support in {"weak", "unsupported"}
    assert find_backing("Backups are kept somewhere safe.", PASSAGE).support == "weak"


def test_nothing_in_common_is_no_support():
    assert find_backing("Penguins eat herring.", PASSAGE).support == "unsupported"


def test_without_a_fitting_sentence_the_whole_passage_is_the_span():
    assert words_of("Penguins eat herring.") == PASSAGE


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("Keys are rotated each month.", "Keys are not rotated each month."),
        ("Keys are not rotated each month.", "Keys are rotated each month."),
        ("Files can't be removed from it.", "Files can be removed from it."),
        ("Der Schlüssel ist gültig.", "Der Schlüssel ist nicht gültig."),
        ("allowed to rotate keys", "Nobody is allowed to rotate keys."),
        ("The limit is 50", "The limit is 50.5 megabytes."),
    ],
)
def test_what_is_denied_or_has_another_number_is_never_supported(sentence, passage):
    assert find_backing(sentence, passage).support != "supported"
    assert weighed(sentence, [passage]).support != "supported"


def weighed(sentence, passages, cosines=None):
    numbered = dict(enumerate(passages, start=1))
    backings = {number: find_backings(sentence, text, 3) for number, text in numbered.items()}
    return weigh(sentence, numbered, backings, cosines or {})


def judge(sentence, passages):
    return weighed(sentence, passages).support


def test_likeness_of_meaning_counts_half():
    sentence, passage = "Uploads may weigh 50 megabytes.", "The limit is 50 megabytes a file."
    assert weighed(sentence, [passage]).support == "weak"
    assert weighed(sentence, [passage], {1: 0.95}).support == "supported"
    assert weighed(sentence, [passage], {1: 0.1}).support == "unsupported"


def test_no_likeness_makes_up_for_a_number():
    told = weighed("Uploads may weigh 70 megabytes.", ["The limit is 50 megabytes a file."], {1: 1.0})
    assert (told.support, told.lacks_number) == ("weak", True)


def test_a_quote_needs_no_likeness():
    assert weighed("Quire runs on Linux.", [PASSAGE], {1: 0.0}).score == 1.0


def test_a_sentence_without_content_is_weak():
    assert find_backing("It is.", PASSAGE).support == "weak"
    assert find_backing("...", PASSAGE).support == "weak"


def test_several_passages_support_a_sentence_together():
    first, second = "The limit of a file is 50 megabytes.", "Backups stay for 30 days."
    assert judge("The limit is 50 megabytes and backups stay 30 days.", [first, second]) == "supported"
    assert judge("The limit is 50 megabytes and backups stay 30 days.", [second]) == "weak"
    assert judge("Backups stay for 30 days.", [first, second]) == "supported"
    assert judge("Penguins.", [first, second]) == "unsupported"


def best_of(first, second):
    backing = better(find_backing(first, PASSAGE), find_backing(second, PASSAGE), PASSAGE)
    return PASSAGE[backing.start : backing.end]


def test_quotes_that_follow_each_other_are_one_span_in_any_order():
    both = "Quire runs on Linux. The limit is 50 megabytes a file."
    assert best_of("Quire runs on Linux.", "The limit is 50 megabytes a file.") == both
    assert best_of("The limit is 50 megabytes a file.", "Quire runs on Linux.") == both


def test_quotes_that_stand_apart_leave_the_first():
    assert best_of("Quire runs on Linux.", "Backups are kept for 30 days") == "Quire runs on Linux."


def test_the_better_backing_wins():
    assert best_of("Backups somewhere.", "Quire runs on Linux.") == "Quire runs on Linux."
    assert best_of("Quire runs on Linux.", "Backups somewhere.") == "Quire runs on Linux."
