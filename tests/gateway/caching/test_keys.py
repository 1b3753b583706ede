"""What may be kept at all, and what two calls must have in common."""

from collections import Counter

import pytest

from apps.gateway.caching.keys import compared_text, hard_key, may_cache, may_compare, scope_key
from apps.gateway.catalogue import GuardRules
from apps.gateway.targets import Target
from apps.gateway.types import Caching, ChatMessage, ChatOptions, ToolCall
from tests.gateway.caching.conftest import make_call
from tests.gateway.conftest import passage, question

SYSTEM = ChatMessage("system", "Answer briefly.")
EARLIER = (ChatMessage("user", "Hi"), ChatMessage("assistant", "Hello."))
# Each differs in one thing from `BASE`, and not in the words of the last question.
BASE = {"parameters": {"temperature": 0.0}, "prompt_version": "a1", "locale": "en", "versions": ("p1.1",)}
OTHERS = {
    "scope": make_call(**BASE, scope="bob"),
    "workspace": make_call(**BASE, workspace="another"),
    "no workspace": make_call(**BASE, workspace=None),
    "route": make_call(**BASE, route="good"),
    "target": make_call(**BASE, targets=[Target("acme", "large", "openai-compatible")]),
    "address": make_call(**BASE, targets=[Target("acme", "small", "openai-compatible", "http://elsewhere/v1")]),
    "targets": make_call(**BASE, targets=[Target("acme", "small", "openai-compatible"), Target("acme", "large", "openai-compatible")]),
    "parameter": make_call(**BASE | {"parameters": {"temperature": 0.1}}),
    "kind of a parameter": make_call(**BASE | {"parameters": {"temperature": 0}}),
    "one more parameter": make_call(**BASE | {"parameters": {"temperature": 0.0, "seed": 1}}),
    "prompt": make_call(**BASE | {"prompt_version": "a2"}),
    "locale": make_call(**BASE | {"locale": "de"}),
    "versions": make_call(**BASE | {"versions": ("p1.2",)}),
    "parting of versions": make_call(**BASE | {"versions": ("p1", ".1")}),
    "guards": make_call(**BASE, rules=GuardRules("7.2")),
    "system message": make_call(SYSTEM, "How much is the fee?", **BASE),
    "earlier turn": make_call(*EARLIER, "How much is the fee?", **BASE),
    "passage": make_call(question("How much is the fee?", passage(1, "The fee is five euros.")), **BASE),
    "role": make_call(ChatMessage("developer", "How much is the fee?"), **BASE),
}


@pytest.mark.parametrize("name", OTHERS)
def test_calls_that_differ_in_one_thing_share_nothing(name):
    assert hard_key(OTHERS[name]) != hard_key(make_call(**BASE))


@pytest.mark.parametrize("name", [name for name in OTHERS if name != "role"])
def test_nor_is_their_question_compared(name):
    assert scope_key(OTHERS[name], "int8") != scope_key(make_call(**BASE), "int8")


def test_no_two_of_them_are_alike():
    assert len({hard_key(call) for call in OTHERS.values()}) == len(OTHERS)


def test_the_same_call_has_the_same_key_whoever_streams_it():
    one = make_call(parameters={"temperature": 0, "seed": 1, "stream": True, "stream_options": {"include_usage": True}})
    other = make_call(parameters={"seed": 1, "temperature": 0})
    assert hard_key(one) == hard_key(other)
    assert one.id != other.id


def test_only_the_words_of_the_last_question_may_differ_where_they_are_compared():
    one, other = make_call(SYSTEM, "How much is it?"), make_call(SYSTEM, "What does it cost?")
    assert scope_key(one, "int8") == scope_key(other, "int8")
    assert hard_key(one) != hard_key(other)
    assert scope_key(one, "int8") != scope_key(one, "exact")


def test_passages_beside_the_question_may_not_differ():
    one, same, other = (make_call(question(text, passage(1, fact))) for text, fact in (("How?", "So."), ("How so?", "So."), ("How?", "Not so.")))
    assert scope_key(one, "int8") == scope_key(same, "int8") != scope_key(other, "int8")


@pytest.mark.parametrize(
    "parameters",
    [{}, {"temperature": 0}, {"temperature": 0.3}, {"n": 1}, {"tools": []}, {"logprobs": False}, {"max_tokens": 5, "response_format": {"type": "json_object"}}],
)
def test_a_plain_call_may_be_answered_from_what_is_kept(parameters):
    assert may_cache(make_call(parameters=parameters))


@pytest.mark.parametrize(
    "parameters",
    [
        {"temperature": 0.31},
        {"temperature": 1},
        {"temperature": "0"},
        {"n": 2},
        {"tools": [{"type": "function"}]},
        {"tool_choice": "none"},
        {"functions": [{}]},
        {"logprobs": True},
        {"audio": {"voice": "alloy"}},
        {"web_search_options": {"search_context_size": "low"}},
    ],
)
def test_an_answer_that_is_new_each_time_or_no_text_is_not_kept(parameters):
    assert not may_cache(make_call(parameters=parameters))


@pytest.mark.parametrize(
    "message",
    [
        ChatMessage("tool", "42", tool_call_id="c1"),
        ChatMessage("assistant", "", tool_calls=[ToolCall("c1", "add", "{}")]),
        ChatMessage("user", [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]),
    ],
)
def test_a_conversation_with_tools_or_pictures_is_not_kept(message):
    assert not may_cache(make_call(message, "And so?"))


def test_nothing_is_kept_for_who_does_not_ask_for_it():
    call = make_call()
    call.options = ChatOptions()
    assert not may_cache(call)
    assert not may_compare(call)
    assert compared_text(call) == ""


def test_nor_without_a_scope_or_a_message():
    assert not may_cache(make_call(scope=""))
    call = make_call()
    call.messages = ()
    assert not may_cache(call)
    assert compared_text(call) == ""


@pytest.mark.parametrize("rule", ["personal_data.email", "secrets.token"])
def test_nothing_is_kept_of_a_call_in_which_something_was_masked(rule):
    call = make_call(is_semantic=True, rules=GuardRules(personal_data="mask", secrets="mask"), found=Counter({rule: 1}))
    assert not may_cache(call)
    assert not may_compare(call)


def test_what_was_only_counted_is_kept_without_its_words():
    call = make_call(is_semantic=True, rules=GuardRules(personal_data="flag"), found=Counter({"personal_data.email": 1}))
    assert may_cache(call)
    assert not may_compare(call)


def test_what_other_guards_found_does_not_matter():
    assert may_compare(make_call(is_semantic=True, found=Counter({"injection.score": 2, "personal_data.email": 0})))


def test_questions_are_compared_only_for_who_asks_for_it():
    assert not may_compare(make_call())
    assert may_compare(make_call(is_semantic=True))


def test_the_compared_question_is_the_one_that_stands_alone():
    assert compared_text(make_call(*EARLIER, "And in Berlin?", question=" How much is the fee in Berlin? ")) == "How much is the fee in Berlin?"


def test_else_the_only_one_of_the_conversation():
    assert compared_text(make_call(SYSTEM, question("How?", passage(1, "So.")))) == "How?"


def test_a_later_question_is_not_compared_by_itself():
    assert not may_compare(make_call(*EARLIER, "And in Berlin?", is_semantic=True))


def test_nor_is_a_text_that_is_no_question():
    assert compared_text(make_call("Hi", ChatMessage("assistant", "Hello, I"), question="Hi")) == ""
    assert not may_compare(make_call(text="  ", is_semantic=True))
    assert not may_compare(make_call(text="why " * 151, is_semantic=True))
    assert not may_compare(make_call(text="why\0", is_semantic=True))
    assert not may_compare(make_call(text="why\ud800", is_semantic=True))


def test_a_scope_is_no_part_of_another_text():
    one, other = make_call(scope="ab"), make_call(scope="a")
    other.options = ChatOptions(caching=Caching("a"), locale="b")
    assert hard_key(one) != hard_key(other)
