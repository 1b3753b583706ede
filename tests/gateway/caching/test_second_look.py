"""Two questions are the same, or are not: `pairs.py` has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.gateway import conf
from apps.gateway.caching.second_look import is_same_question, plain
from apps.gateway.caching.semantic import COSINE_MIN
from apps.gateway.caching.wording import singular
from apps.gateway.providers.embedded.provider import EmbeddedEmbeddingProvider
from tests.gateway.caching.pairs import NEAR_MISSES, SAID_OTHERWISE, WORDED_ANEW

QUESTIONS = sorted({question for pair in (*NEAR_MISSES, *WORDED_ANEW, *SAID_OTHERWISE) for question in pair})
# Written by nobody who asks for this or that.
SILENT = {
    "the",
    "a",
    "an",
    "is",
    "are",
    "do",
    "does",
    "my",
    "our",
    "please",
    "bitte",
    "at",
    "exactly",
    "located",
    "explain",
    "there",
    "?",
    "i",
    "you",
    "to",
    "me",
}


async def hits(pairs):
    """Those that would be answered from the cache: near enough by the real embedder, and the same at the second look."""
    embedder = EmbeddedEmbeddingProvider(conf.embedder_config())
    ones, others = [(await embedder.embed([plain(pair[side]) for pair in pairs])).vectors for side in (0, 1)]
    cosines = (ones * others).sum(axis=1)
    return [pair for pair, cosine in zip(pairs, cosines, strict=True) if cosine > COSINE_MIN and is_same_question(*pair)]


@pytest.mark.slow
async def test_no_near_miss_is_a_hit():
    assert len(NEAR_MISSES) >= 200
    assert await hits(NEAR_MISSES) == []


def test_nor_would_it_be_without_the_embedder():
    assert [pair for pair in NEAR_MISSES if is_same_question(*pair) or is_same_question(*reversed(pair))] == []


@pytest.mark.slow
async def test_nearly_all_that_are_worded_anew_are_hits():
    assert len(await hits(WORDED_ANEW)) >= 0.95 * len(WORDED_ANEW)


def test_what_is_said_otherwise_is_asked_again():
    assert [pair for pair in SAID_OTHERWISE if is_same_question(*pair)] == []


def content(words):
    return [word for word in (written.strip("?.!,").lower() for written in words) if word and word not in SILENT]


def variants(question):
    """All that comes of one question by a word that is put in, taken out or exchanged, if that changes what it asks."""
    words = question.split()
    for place in range(len(words)):
        yield [*words[:place], "not", *words[place:]]
        yield [*words[:place], "zebra", *words[place + 1 :]]
        yield [*words[:place], "17", *words[place + 1 :]]
        yield [*words[: place + 1], *words[place + 2 :]]


@pytest.mark.slow
@pytest.mark.parametrize("start", range(10))
def test_no_word_may_come_go_or_change(start):
    changed = [(question, " ".join(words)) for question in QUESTIONS[start::10] for words in variants(question) if content(words) != content(question.split())]
    assert len(changed) > 500
    greetings = ("hello", "hallo", "hi", "hola", "bonjour", "thanks", "danke")
    wrong = [pair for pair in changed if is_same_question(*pair) and not any(word in pair[0].lower() for word in greetings)]
    assert wrong == []


@pytest.mark.parametrize("question", ["", "?", "Hello", "please", "Thanks!", "the", "a", "is", "\ue000alice", "x" * 600, "'s 's 's", "“”", '""', "how to"])
def test_it_makes_something_of_anything(question):
    assert is_same_question(question, question)
    assert not is_same_question(question, "How much is the fee?")
    assert isinstance(plain(question), str)


def test_nothing_is_not_the_same_as_nothing_else():
    assert not is_same_question("?", "!")
    assert not is_same_question("\ue000alice", "\ue000bob")
    assert not is_same_question("\ue000alice", "Alice")


@given(st.text(max_size=80), st.text(max_size=80))
def test_it_answers_alike_from_either_side(one, other):
    assert is_same_question(one, other) == is_same_question(other, one)


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("reports", "report"),
        ("policies", "policy"),
        ("boxes", "box"),
        ("classes", "class"),
        ("fees", "fee"),
        ("class", "class"),
        ("status", "status"),
        ("news", "news"),
        ("gas", "gas"),
        ("ties", "tie"),
        ("is", "is"),
    ],
)
def test_many_things_are_the_thing(many, one):
    assert singular(many) == one
