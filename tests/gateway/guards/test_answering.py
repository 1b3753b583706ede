import json
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from apps.gateway.guards.addresses import Hosts
from apps.gateway.guards.answering import AnswerFilter, is_json_wanted
from apps.gateway.types import ChatOptions, Chunk, ToolCallPart, Usage
from tests.gateway.guards.cutting import cut, cuts

VALUES = {"[EMAIL_1]": 'a"@x.example'}
USAGE = Usage(1, 2, estimated=False)
LAST = Chunk("", USAGE, "stop")


def run(*chunks, values=VALUES, is_json=False, counts=None, watch=lambda: None):
    answer = AnswerFilter(values, Hosts([]), Counter() if counts is None else counts, watch, is_json=is_json)
    return [passed for chunk in chunks for passed in answer.feed(chunk)] + list(answer.end())


def test_a_chunk_in_which_there_is_nothing_to_do_is_the_same_object():
    chunks = [Chunk("Hello"), Chunk(" world"), Chunk("", extra={"role": "assistant"}), LAST]
    assert all(passed is chunk for passed, chunk in zip(run(*chunks), chunks, strict=True))


def test_what_was_held_back_comes_before_the_last_chunk():
    passed = run(Chunk("Mail [EMA"), Chunk("IL_"), Chunk("1] ["), Chunk("", finish_reason="stop"), LAST)
    assert passed == [Chunk("Mail "), Chunk('a"@x.example '), Chunk("["), Chunk("", finish_reason="stop"), LAST]


def test_a_last_chunk_with_text_gives_it_to_the_one_before():
    assert run(Chunk("[EMAIL"), Chunk("_1] and [", USAGE, "stop")) == [Chunk('a"@x.example and ['), Chunk("", USAGE, "stop")]
    assert run(Chunk("fine", USAGE, "stop")) == [Chunk("fine", USAGE, "stop")]


def test_what_is_left_comes_at_the_end_of_an_answer_without_one():
    assert run(Chunk("a [")) == [Chunk("a "), Chunk("[")]
    assert run(Chunk("a ["), Chunk("", finish_reason="stop"), Chunk("x ![")) == [
        Chunk("a "),
        Chunk("["),
        Chunk("", finish_reason="stop"),
        Chunk("x "),
        Chunk("!["),
    ]


def test_foreign_links_go_and_are_counted():
    counts = Counter()
    assert run(Chunk("![x](https://evil"), Chunk(".example/) ok"), LAST, counts=counts) == [Chunk("x ok"), LAST]
    assert counts == {"image": 1}


def test_what_is_put_back_leads_nowhere_either():
    passed = run(Chunk("[x](https://evil.example/?q=[EMAIL_1])"), LAST)
    assert "".join(chunk.text for chunk in passed) == "x (evil.example)"


def test_arguments_of_tools_are_unmasked_as_json():
    parts = [
        Chunk("", tool_calls=(ToolCallPart(0, "id", "mail"), ToolCallPart(1, "id2", "find", '{"q": "[EMAIL_1]"}'))),
        Chunk("", tool_calls=(ToolCallPart(0, arguments='{"to": "[EMAIL'),)),
        Chunk("", tool_calls=(ToolCallPart(0, arguments='_1]", "n": [1, ['),)),
        Chunk("", finish_reason="tool_calls"),
    ]
    passed = run(*parts)
    first, second = ("".join(part.arguments for chunk in passed for part in chunk.tool_calls if part.index == index) for index in (0, 1))
    assert first == json.dumps({"to": VALUES["[EMAIL_1]"]})[:-1] + ', "n": [1, ['
    assert json.loads(second) == {"q": VALUES["[EMAIL_1]"]}
    assert passed[-1] == Chunk("", finish_reason="tool_calls")


def test_arguments_that_are_held_back_come_before_the_last_chunk():
    passed = run(Chunk("", tool_calls=(ToolCallPart(2, "i", "n", "[EM"),)), LAST)
    assert passed == [Chunk("", tool_calls=(ToolCallPart(2, "i", "n", ""),)), Chunk("", tool_calls=(ToolCallPart(2, arguments="[EM"),)), LAST]


def test_tool_calls_without_anything_masked_are_the_same_object():
    chunk = Chunk("", tool_calls=(ToolCallPart(0, "i", "n", "[1]"),))
    assert run(chunk, values={})[0] is chunk


def test_texts_beside_the_answer_are_filtered_too():
    passed = run(Chunk("", extra={"reasoning": "See [EMAIL_1] ![x](//evil.exa", "n": 1}), Chunk("", extra={"reasoning": "mple) ["}), LAST)
    assert passed == [
        Chunk("", extra={"reasoning": 'See a"@x.example ', "n": 1}),
        Chunk("", extra={"reasoning": "x "}),
        Chunk("", extra={"reasoning": "["}),
        LAST,
    ]


@given(st.text(max_size=20), cuts())
def test_json_stays_json_with_its_addresses(value, places):
    text = json.dumps({"url": "https://evil.example/x", "image": "![x](https://evil.example)", "who": "[EMAIL_1]"})
    passed = run(*map(Chunk, cut(text, places)), values={"[EMAIL_1]": value}, is_json=True)
    assert json.loads("".join(chunk.text for chunk in passed)) == {"url": "https://evil.example/x", "image": "![x](https://evil.example)", "who": value}


def test_json_is_wanted_where_the_format_says_so():
    assert is_json_wanted(ChatOptions({"response_format": {"type": "json_object"}}))
    assert is_json_wanted(ChatOptions({"response_format": {"type": "json_schema", "json_schema": {}}}))
    assert not any(is_json_wanted(ChatOptions({"response_format": wanted})) for wanted in ({"type": "text"}, None, "json_object"))
    assert not is_json_wanted(ChatOptions())


def test_a_usage_told_with_each_piece_opens_nothing_that_is_held():
    counts = Counter()
    pieces = [Chunk("[x](https://ev", USAGE), Chunk("il.example/?q=[EMA", USAGE), Chunk("IL_1]) ![", USAGE), Chunk("y](https://evil.example) ok", USAGE), LAST]
    passed = run(*pieces, counts=counts)
    assert "".join(chunk.text for chunk in passed) == "x (evil.example) y ok"
    assert counts == {"link": 1, "image": 1}
    # A usage goes on though its text is held: an answer that breaks off is billed by it.
    assert [chunk.usage for chunk in passed if chunk.usage] == [USAGE] * 5


@given(st.text("[]()!a<>`\n :/x.E_1MAIL", max_size=40), cuts())
def test_how_often_a_usage_is_told_changes_no_answer(text, places):
    text += "[x](https://evil.example/[EMAIL_1])"
    whole, cut_up = run(Chunk(text), LAST), run(*(Chunk(piece, USAGE) for piece in cut(text, places)), LAST)
    assert "".join(chunk.text for chunk in cut_up) == "".join(chunk.text for chunk in whole)
