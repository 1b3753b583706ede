import json

from hypothesis import given
from hypothesis import strategies as st

from apps.gateway.guards.masking import Masker, Unmasker
from apps.gateway.guards.personal_data import find_personal_data
from tests.gateway.guards.cutting import cut, cuts


def masked(masker, text):
    return masker.mask(text, find_personal_data(text))


def undo(values, pieces, **options):
    unmasker = Unmasker(values, **options)
    return "".join([*map(unmasker.feed, pieces), unmasker.flush()])


def test_one_value_has_one_placeholder_in_all_texts_of_a_call():
    masker = Masker([])
    assert masked(masker, "a@x.example, b@x.example, a@x.example") == "[EMAIL_1], [EMAIL_2], [EMAIL_1]"
    assert masked(masker, "b@x.example or +49 170 1234567") == "[EMAIL_2] or [PHONE_1]"
    assert masker.values == {"[EMAIL_1]": "a@x.example", "[EMAIL_2]": "b@x.example", "[PHONE_1]": "+49 170 1234567"}


def test_a_placeholder_that_somebody_wrote_is_never_one_of_ours():
    masker = Masker(["I wrote [EMAIL_1] and [EMAIL_3] myself", "a@x.example b@x.example"])
    assert masked(masker, "a@x.example b@x.example") == "[EMAIL_2] [EMAIL_4]"
    assert undo(masker.values, ["[EMAIL_1] is yours, [EMAIL_2] is mine"]) == "[EMAIL_1] is yours, a@x.example is mine"


def test_what_is_put_back_is_not_looked_at_again():
    assert undo({"[A_1]": "[A_2]", "[A_2]": "b"}, ["[A_1][A_2]"]) == "[A_2]b"


def test_only_the_beginning_of_a_placeholder_is_held_back():
    unmasker = Unmasker({"[EMAIL_1]": "a@x.example"})
    assert unmasker.feed("See [1] and [EM") == "See [1] and "
    assert unmasker.feed("AIL_") == ""
    assert unmasker.feed("1], [EMAIL_1") == "a@x.example, "
    assert unmasker.feed("2] [x") == "[EMAIL_12] [x"
    assert unmasker.feed("[EMAIL") == ""
    assert unmasker.flush() == "[EMAIL"
    assert unmasker.flush() == ""


def test_a_text_without_brackets_is_handed_on_as_it_is():
    text = "no placeholders"
    assert Unmasker({"[EMAIL_1]": "a"}).feed(text) is text


PIECES = st.lists(st.sampled_from(["[EMAIL_1]", "[EMAIL_12]", "[EMAIL_", "[", "]", "1", "E", "[[", " ", "x", "[PHONE_1]"]), max_size=12).map("".join)


@given(PIECES, cuts())
def test_a_stream_is_undone_in_the_same_way_however_it_is_cut(text, places):
    values = {"[EMAIL_1]": "a[b", "[EMAIL_12]": "c]", "[PHONE_1]": "[EMAIL_1]"}
    assert undo(values, cut(text, places)) == undo(values, [text])


def test_arguments_of_a_tool_stay_json():
    masker = Masker([])
    text = '{"to": ["a@x.example"], "card": 4111111111111111, "n": 7, "yes": true, "who\\u0040x.example": 1.5, "note": "plain"}'
    result = masker.mask_json(text, find_personal_data)
    assert json.loads(result) == {"to": ["[EMAIL_1]"], "card": "[CARD_1]", "n": 7, "yes": True, "[EMAIL_2]": 1.5, "note": "plain"}
    assert masker.values["[EMAIL_2]"] == "who@x.example"


def test_json_in_which_nothing_was_found_stays_as_it_was_written():
    text = '{"a" :  "\\u00e4"}'
    assert Masker([]).mask_json(text, find_personal_data) == text


def test_what_is_no_json_is_masked_as_a_text():
    assert Masker([]).mask_json('{"to": "a@x.example', find_personal_data) == '{"to": "[EMAIL_1]'


@given(st.text(max_size=20), cuts())
def test_values_in_json_are_escaped(value, places):
    pieces = cut('{"a": "<[EMAIL_1]>"}', places)
    assert json.loads(undo({"[EMAIL_1]": value}, pieces, is_json=True)) == {"a": f"<{value}>"}
