"""Reranking by each of its kinds, over real HTTP where there is a server, through the public face."""

import json
import logging
from dataclasses import replace

import pytest

from apps.gateway import naming
from apps.gateway.errors import ContextTooLong, ModelNotFound, ProviderBusy, ProviderError, ProviderRefused, ProviderTimedOut, ProviderUnavailable
from apps.gateway.selectors import get_rerank_model
from apps.gateway.services import rerank, reranking
from tests.fakes.scripts import Status, Wait
from tests.gateway.conftest import PRINCIPAL

TEXTS = ["Bread is baked in an oven.", "Keys of the API are rotated every year."]
QUESTION = "How do I rotate an API key?"


def cohere(*scores):
    """An answer as Cohere and Jina give it: the best first."""
    return Status(200, {"results": [{"index": index, "relevance_score": score} for index, score in sorted(enumerate(scores), key=lambda one: -one[1])]})


def tei(*scores):
    return Status(200, [{"index": index, "score": score} for index, score in sorted(enumerate(scores), key=lambda one: -one[1])])


@pytest.fixture
def late_interaction(settings, monkeypatch):
    monkeypatch.setattr(naming, "RERANK_SECONDS", 60.0)
    settings.QUIRE_RERANK = "late-interaction"


@pytest.fixture
def judge(fake_llm, settings, monkeypatch):
    """The language model as the one that reranks, with the time that a busy machine needs."""
    monkeypatch.setattr(naming, "LANGUAGE_MODEL_SECONDS", 60.0)
    settings.QUIRE_RERANK = "language-model"
    return fake_llm


@pytest.fixture
def hurried(monkeypatch):
    """A model that is given next to no time."""
    monkeypatch.setattr(reranking, "get_rerank_model", lambda: replace(get_rerank_model(), seconds=0.05))


async def test_nothing_reranks_by_default():
    assert get_rerank_model() is None
    assert await rerank(PRINCIPAL, QUESTION, TEXTS) is None


async def test_late_interaction_scores_a_better_fit_higher(late_interaction):
    scores = await rerank(PRINCIPAL, QUESTION, TEXTS)
    assert 0 <= scores[0] < scores[1] <= 1
    assert get_rerank_model().name == "all-MiniLM-L6-v2-int8"


async def test_late_interaction_of_a_text_does_not_depend_on_the_others(late_interaction):
    both = await rerank(PRINCIPAL, QUESTION, TEXTS)
    assert [*await rerank(PRINCIPAL, QUESTION, TEXTS[:1]), *await rerank(PRINCIPAL, QUESTION, TEXTS[1:])] == both


async def test_late_interaction_knows_a_text_for_itself(late_interaction):
    assert await rerank(PRINCIPAL, QUESTION, [QUESTION, ""]) == [pytest.approx(1.0, abs=1e-3), pytest.approx(0.5, abs=0.5)]


async def test_no_texts_ask_nobody(fake_rerank):
    assert await rerank(PRINCIPAL, QUESTION, []) == []
    assert fake_rerank.requests == []


async def test_a_named_model_is_asked_as_cohere_and_jina_are(fake_rerank):
    fake_rerank.enqueue([cohere(0.02, 0.9)])
    assert await rerank(PRINCIPAL, QUESTION, [*TEXTS[:1], ""]) == [0.02, 0.9]
    [request] = fake_rerank.requests
    assert request.path == "/v1/rerank"
    assert request.body == {"model": "fake-reranker", "query": QUESTION, "documents": [TEXTS[0], " "]}
    assert request.authorization == "Bearer sk-secret-of-the-tests"
    assert get_rerank_model().name == "fake-reranker"


async def test_without_a_name_it_is_asked_as_tei_is(fake_rerank, settings):
    settings.QUIRE_RERANK_MODEL = ""
    fake_rerank.enqueue([tei(0.02, 0.9)])
    assert await rerank(PRINCIPAL, QUESTION, TEXTS) == [0.02, 0.9]
    assert fake_rerank.requests[0].body == {"query": QUESTION, "texts": TEXTS, "truncate": True}
    assert get_rerank_model().name == "http"


async def test_scores_outside_0_and_1_are_brought_inside(fake_rerank):
    fake_rerank.enqueue([cohere(-11000.0, 0.0, 12000.0)])
    assert await rerank(PRINCIPAL, QUESTION, [*TEXTS, "A third."]) == pytest.approx([0, 0.5, 1])


@pytest.mark.parametrize(
    "answer",
    [
        "<html></html>",
        {},
        {"results": None},
        {"results": "none"},
        {"results": []},
        {"results": [{"index": 0, "relevance_score": 0.5}]},
        {"results": [{"index": 0, "relevance_score": 0.5}, {"index": 0, "relevance_score": 0.4}]},
        {"results": [{"index": 0, "relevance_score": 0.5}, {"index": 1, "relevance_score": 0.4}, {"index": 1, "relevance_score": 0.3}]},
        {"results": [{"index": 0, "relevance_score": 0.5}, {"index": 2, "relevance_score": 0.4}]},
        {"results": [{"index": -1, "relevance_score": 0.5}, {"index": 0, "relevance_score": 0.4}]},
        {"results": [{"index": 0, "relevance_score": 0.5}, {"index": 1, "relevance_score": None}]},
        {"results": [{"index": 0, "relevance_score": 0.5}, {"index": 1}]},
        {"results": [{"index": 0, "relevance_score": 0.5}, {"index": [1], "relevance_score": 0.5}]},
        [{"index": 0, "score": 0.5}, {"index": 1, "score": float("nan")}],
        [{"index": 0, "score": 0.5}, {"index": 1, "score": float("inf")}],
        ["secret", "words"],
    ],
)
async def test_what_is_not_one_number_a_text_is_refused(fake_rerank, answer):
    fake_rerank.enqueue([Status(200, answer)])
    with pytest.raises(ProviderRefused, match="QUIRE_RERANK_BASE_URL ends right before /rerank"):
        await rerank(PRINCIPAL, QUESTION, TEXTS)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status(401), ProviderRefused),
        (Status(404), ModelNotFound),
        (Status(413), ContextTooLong),
        (Status(422), ProviderRefused),
        (Status(429, headers={"Retry-After": "1"}), ProviderBusy),
        (Status(503), ProviderUnavailable),
    ],
)
async def test_a_failure_is_told_by_its_kind_and_not_tried_again(fake_rerank, status, expected):
    fake_rerank.enqueue([status])
    with pytest.raises(expected, match="reranking model"):
        await rerank(PRINCIPAL, QUESTION, TEXTS)
    assert len(fake_rerank.requests) == 1


async def test_a_server_that_is_not_there_cannot_be_reached(fake_rerank, settings):
    settings.QUIRE_RERANK_BASE_URL = "http://127.0.0.1:1/v1"
    with pytest.raises(ProviderUnavailable, match="QUIRE_RERANK_BASE_URL"):
        await rerank(PRINCIPAL, QUESTION, TEXTS)


async def test_a_silent_server_times_out(fake_rerank, hurried):
    fake_rerank.enqueue([Wait("never"), Status(200)])
    with pytest.raises(ProviderTimedOut, match=r"longer than 0\.05 s"):
        await rerank(PRINCIPAL, QUESTION, TEXTS)


async def test_neither_key_nor_texts_are_logged(fake_rerank, caplog):
    caplog.set_level(logging.DEBUG, logger="apps")
    fake_rerank.enqueue([cohere(0.1, 0.2)], [Status(401, {"error": {"message": f"bad key sk-secret-of-the-tests for {QUESTION}"}})])
    await rerank(PRINCIPAL, QUESTION, TEXTS)
    with pytest.raises(ProviderRefused) as refused:
        await rerank(PRINCIPAL, QUESTION, TEXTS)
    assert "gateway.reranked" in [record.message for record in caplog.records]
    told = f"{[vars(record) for record in caplog.records]} {refused.value} {refused.value.detail}"
    assert "sk-secret" not in told
    assert QUESTION not in told
    assert TEXTS[0] not in told


async def test_a_language_model_gives_each_passage_a_number(judge):
    judge.enqueue(['```json\n{"scores": ', "[0, 7.5]}\n```"])
    assert await rerank(PRINCIPAL, QUESTION, [TEXTS[0], "x" * 5000]) == [0, 0.75]
    [request] = judge.requests
    system, user = request.body["messages"]
    assert system["role"] == "system"
    assert "from 0" in system["content"]
    assert user["content"].startswith('<passage number="1"')
    assert user["content"].endswith(f"Question: {QUESTION}")
    assert user["content"].count("x") < 2500
    assert get_rerank_model().name == "fake-model"
    assert get_rerank_model().seconds == naming.LANGUAGE_MODEL_SECONDS


@pytest.mark.parametrize(
    "answer",
    [
        "The second one.",
        "{",
        "[1, 2]",
        "} {",
        '{"scores": 7}',
        '{"scores": [7]}',
        '{"scores": [7, 11]}',
        '{"scores": [7, -1]}',
        '{"scores": [7, true]}',
        '{"scores": [7, "8"]}',
        '{"scores": [7, NaN]}',
        '{"numbers": [7, 8]}',
    ],
)
async def test_a_language_model_that_does_not_judge_is_an_error(judge, answer):
    judge.enqueue([answer])
    with pytest.raises(ProviderError) as raised:
        await rerank(PRINCIPAL, QUESTION, TEXTS)
    assert answer not in str(raised.value)


async def test_a_language_model_that_goes_on_and_on_is_stopped(judge):
    judge.enqueue([json.dumps({"scores": [1, 2]}) + " " * 200, Wait("never")])
    with pytest.raises(ProviderError, match="form that it was asked for"):
        await rerank(PRINCIPAL, QUESTION, TEXTS)


async def test_a_language_model_that_quotes_reranks_nothing(settings):
    settings.QUIRE_RERANK = "language-model"
    assert await rerank(PRINCIPAL, QUESTION, TEXTS) is None
