"""Reranking by each of its kinds, over real HTTP where there is a server."""

import json

import pytest

from apps.gateway import catalogue, naming, services
from apps.gateway.errors import (
    ContextTooLong,
    ModelNotFound,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    ProviderTimedOut,
    ProviderUnavailable,
    RequestRefused,
)
from apps.gateway.models import Model, Provider, Route, RouteTarget
from apps.gateway.providers.http_rerank import HttpReranker
from apps.gateway.selectors import get_rerank_model
from apps.gateway.targets import RERANK, Target, own_route
from apps.gateway.types import Usage
from tests.fakes.scripts import Status, Wait
from tests.gateway.conftest import PRINCIPAL, rerank, rerank_counted

TEXTS = ["Bread is baked in an oven.", "Keys of the API are rotated every year."]
QUESTION = "How do I rotate an API key?"
# Whether anything reranks is asked of the catalogue.
pytestmark = pytest.mark.django_db(transaction=True)


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


async def test_nothing_reranks_by_default():
    assert get_rerank_model() is None
    assert own_route(RERANK) is None
    assert await services.rerank(PRINCIPAL, QUESTION, TEXTS) is None


async def test_late_interaction_scores_a_better_fit_higher(late_interaction):
    scores = await rerank(QUESTION, TEXTS)
    assert 0 <= scores[0] < scores[1] <= 1
    assert get_rerank_model().name == "all-MiniLM-L6-v2-int8"


async def test_late_interaction_of_a_text_does_not_depend_on_the_others(late_interaction):
    both = await rerank(QUESTION, TEXTS)
    assert [*await rerank(QUESTION, TEXTS[:1]), *await rerank(QUESTION, TEXTS[1:])] == both


async def test_late_interaction_knows_a_text_for_itself(late_interaction):
    assert await rerank(QUESTION, [QUESTION, ""]) == [pytest.approx(1.0, abs=1e-3), pytest.approx(0.5, abs=0.5)]


async def test_no_texts_ask_nobody(fake_rerank):
    assert await services.rerank(PRINCIPAL, QUESTION, []) == []
    assert fake_rerank.requests == []


async def test_a_named_model_is_asked_as_cohere_and_jina_are(fake_rerank):
    fake_rerank.enqueue([cohere(0.02, 0.9)])
    assert await rerank(QUESTION, [*TEXTS[:1], ""]) == [0.02, 0.9]
    [request] = fake_rerank.requests
    assert request.path == "/v1/rerank"
    assert request.body == {"model": "fake-reranker", "query": QUESTION, "documents": [TEXTS[0], " "]}
    assert request.authorization == "Bearer sk-secret-of-the-tests"
    assert get_rerank_model().name == "fake-reranker"


async def test_without_a_name_it_is_asked_as_tei_is(fake_rerank, settings):
    settings.QUIRE_RERANK_MODEL = ""
    fake_rerank.enqueue([tei(0.02, 0.9)])
    assert await rerank(QUESTION, TEXTS) == [0.02, 0.9]
    assert fake_rerank.requests[0].body == {"query": QUESTION, "texts": TEXTS, "truncate": True}
    assert get_rerank_model().name == "http"


async def test_scores_outside_0_and_1_are_brought_inside(fake_rerank):
    fake_rerank.enqueue([cohere(-11000.0, 0.0, 12000.0)])
    assert await rerank(QUESTION, [*TEXTS, "A third."]) == pytest.approx([0, 0.5, 1])


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
        await rerank(QUESTION, TEXTS)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status(401), ProviderRefused),
        (Status(404), ModelNotFound),
        (Status(413), ContextTooLong),
        (Status(422), RequestRefused),
        (Status(429, headers={"Retry-After": "1"}), ProviderBusy),
        (Status(503), ProviderUnavailable),
    ],
)
async def test_a_failure_is_told_by_its_kind(fake_rerank, status, expected):
    fake_rerank.enqueue([status])
    with pytest.raises(expected, match="reranking model"):
        await rerank(QUESTION, TEXTS)
    assert len(fake_rerank.requests) == 1


async def test_a_server_that_is_not_there_cannot_be_reached(fake_rerank, settings):
    settings.QUIRE_RERANK_BASE_URL = "http://127.0.0.1:1/v1"
    with pytest.raises(ProviderUnavailable, match="QUIRE_RERANK_BASE_URL"):
        await rerank(QUESTION, TEXTS)


async def test_a_silent_server_times_out(fake_server):
    fake_server.enqueue([Wait("never"), Status(200)])
    with pytest.raises(ProviderTimedOut, match="reranking model was silent"):
        await HttpReranker(Target("settings", "m", "http", fake_server.base_url, first_token_seconds=0.05)).rerank(QUESTION, TEXTS)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"total_tokens": 40}, Usage(40, 0, estimated=False)),
        ({}, Usage(31, 0, estimated=True)),
        (None, Usage(31, 0, estimated=True)),
        ("words", Usage(31, 0, estimated=True)),
    ],
)
async def test_what_it_read_is_counted_or_estimated(fake_rerank, usage, expected):
    fake_rerank.enqueue([Status(200, {**cohere(0.1, 0.2).body, "usage": usage})], [tei(0.1, 0.2)])
    assert (await rerank_counted(QUESTION, TEXTS)).usage == expected
    assert (await rerank_counted(QUESTION, TEXTS)).usage == Usage(31, 0, estimated=True)


async def test_late_interaction_counts_what_it_read(late_interaction):
    assert (await rerank_counted("word", ["two words", ""])).usage == Usage(3, 0, estimated=False)


def test_each_kind_is_a_target_with_its_time_and_its_price(settings, fake_llm):
    [late] = _own(settings, "late-interaction")
    assert (late.name, late.is_embedded, late.price.per_million_in, late.first_token_seconds) == ("quire/all-MiniLM-L6-v2-int8", True, 0, 2.0)
    [judge] = _own(settings, "language-model")
    assert (judge.name, judge.is_embedded, judge.price.per_million_in, judge.first_token_seconds) == ("settings/fake-model", False, 0, 8.0)
    [remote] = _own(settings, "http")
    assert (remote.name, remote.is_embedded, remote.price) == ("settings/http", False, None)


def _own(settings, kind):
    settings.QUIRE_RERANK = kind
    return own_route(RERANK).targets


async def test_no_error_tells_a_key_or_a_text(fake_rerank):
    fake_rerank.enqueue([Status(401, {"error": {"message": f"bad key sk-secret-of-the-tests for {QUESTION}"}})])
    with pytest.raises(ProviderRefused) as refused:
        await rerank(QUESTION, TEXTS)
    told = f"{refused.value!r} {refused.value.detail} {refused.value.extra}"
    assert "sk-secret" not in told
    assert QUESTION not in told


async def test_a_language_model_gives_each_passage_a_number(judge):
    judge.enqueue(['```json\n{"scores": ', "[0, 7.5]}\n```"])
    assert await services.rerank(PRINCIPAL, QUESTION, [TEXTS[0], "x" * 5000]) == [0, 0.75]
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
        await services.rerank(PRINCIPAL, QUESTION, TEXTS)
    assert answer not in str(raised.value)


async def test_a_language_model_that_goes_on_and_on_is_stopped(judge):
    judge.enqueue([json.dumps({"scores": [1, 2]}) + " " * 200, Wait("never")])
    with pytest.raises(ProviderError, match="form that it was asked for"):
        await services.rerank(PRINCIPAL, QUESTION, TEXTS)


async def test_a_language_model_that_quotes_reranks_nothing(settings):
    settings.QUIRE_RERANK = "language-model"
    assert await services.rerank(PRINCIPAL, QUESTION, TEXTS) is None


async def test_a_default_route_of_the_administration_reranks_in_the_place_of_the_settings(fake_server):
    provider = await Provider.objects.acreate(name="Judges", kind="rerank", base_url=fake_server.base_url)
    model = await Model.objects.acreate(provider=provider, name="judge", kind="rerank")
    route = await Route.objects.acreate(name="house-judge", kind="rerank", is_default=True)
    await RouteTarget.objects.acreate(route=route, model=model)
    catalogue.forget()
    fake_server.enqueue([cohere(0.1, 0.9)])
    assert await services.rerank(PRINCIPAL, QUESTION, TEXTS) == [0.1, 0.9]
    assert get_rerank_model().name == "house-judge"
    assert fake_server.requests[0].body["model"] == "judge"
