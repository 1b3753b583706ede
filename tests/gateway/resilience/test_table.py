"""What a server answers -> how often it is asked, after how long, and what the asker is told; over real HTTP."""

import random

import pytest

from apps.gateway.errors import (
    ContentRefused,
    ContextTooLong,
    ModelNotFound,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    QuotaUsedUp,
    RequestRefused,
)
from apps.gateway.resilience.policy import RetryPolicy
from apps.gateway.steps import routed as routed_module
from apps.gateway.steps.routed import routed
from tests.fakes.scripts import Cut, End, Raw, Status, error_body
from tests.gateway.resilience.conftest import make_target

JITTER = ((0.0, 0.5), (0.0, 1.0))
AT_ONCE = ()
NOON = {"Date": "Wed, 21 Oct 2026 12:00:00 GMT"}


def exactly(seconds):
    return ((seconds, seconds),) * 2


def said(message, kind="invalid_request_error", code=None):
    return error_body(message, kind, code)


def retry_after(value, **more):
    return {"Retry-After": value, **more}


TABLE = [
    # status, headers, body, delays, error, its status
    (408, {}, None, JITTER, ProviderUnavailable, 503),
    (409, {}, None, JITTER, ProviderUnavailable, 503),
    (425, {}, None, JITTER, ProviderUnavailable, 503),
    (429, {}, None, JITTER, ProviderBusy, 503),
    (429, {}, said("slow down", "rate_limit_error", "rate_limit_exceeded"), JITTER, ProviderBusy, 503),
    (429, {}, "<html>too many</html>", JITTER, ProviderBusy, 503),
    (500, {}, None, JITTER, ProviderUnavailable, 503),
    (500, {}, "", JITTER, ProviderUnavailable, 503),
    (500, {}, said("context_length_exceeded while failing"), JITTER, ProviderUnavailable, 503),
    (501, {}, None, JITTER, ProviderUnavailable, 503),
    (502, {}, "<html>bad gateway</html>", JITTER, ProviderUnavailable, 503),
    (503, {}, None, JITTER, ProviderUnavailable, 503),
    (503, {}, "not json at all {", JITTER, ProviderUnavailable, 503),
    (504, {}, None, JITTER, ProviderUnavailable, 503),
    (520, {}, None, JITTER, ProviderUnavailable, 503),
    (529, {}, said("overloaded", "overloaded_error"), JITTER, ProviderUnavailable, 503),
    (599, {}, None, JITTER, ProviderUnavailable, 503),
    # What it asks for.
    (429, retry_after("3"), None, exactly(3), ProviderBusy, 503),
    (429, retry_after("0"), None, exactly(0), ProviderBusy, 503),
    (429, retry_after("-5"), None, exactly(0), ProviderBusy, 503),
    (429, retry_after("8"), None, exactly(8), ProviderBusy, 503),
    (429, retry_after("8.5"), None, AT_ONCE, ProviderBusy, 503),
    (429, retry_after("60"), None, AT_ONCE, ProviderBusy, 503),
    (429, retry_after("1e308"), None, AT_ONCE, ProviderBusy, 503),
    (429, retry_after("soon"), None, JITTER, ProviderBusy, 503),
    (429, retry_after("nan"), None, JITTER, ProviderBusy, 503),
    (429, retry_after("inf"), None, JITTER, ProviderBusy, 503),
    (429, {"retry-after-ms": "40"}, None, exactly(0.04), ProviderBusy, 503),
    (429, {"x-ms-retry-after-ms": "1500"}, None, exactly(1.5), ProviderBusy, 503),
    (429, {"retry-after-ms": "40", "Retry-After": "60"}, None, exactly(0.04), ProviderBusy, 503),
    (429, retry_after("Wed, 21 Oct 2026 12:00:05 GMT", **NOON), None, ((0, 8),) * 2, ProviderBusy, 503),
    (503, retry_after("2"), None, exactly(2), ProviderUnavailable, 503),
    (503, retry_after("30"), None, AT_ONCE, ProviderUnavailable, 503),
    (529, retry_after("120"), None, AT_ONCE, ProviderUnavailable, 503),
    # The target's own trouble, which a moment does not mend.
    (401, {}, said("Incorrect API key", code="invalid_api_key"), AT_ONCE, ProviderRefused, 502),
    (401, retry_after("1"), None, AT_ONCE, ProviderRefused, 502),
    (402, {}, None, AT_ONCE, QuotaUsedUp, 502),
    (403, {}, None, AT_ONCE, ProviderRefused, 502),
    (404, {}, said("no such model", code="model_not_found"), AT_ONCE, ModelNotFound, 502),
    (404, {}, "<html>nginx</html>", AT_ONCE, ModelNotFound, 502),
    (429, {}, said("pay first", "insufficient_quota", "insufficient_quota"), AT_ONCE, QuotaUsedUp, 502),
    (429, retry_after("1"), said("pay first", "insufficient_quota", "insufficient_quota"), AT_ONCE, QuotaUsedUp, 502),
    (302, {"Location": "http://127.0.0.1:1/"}, None, AT_ONCE, ProviderRefused, 502),
    (405, {}, None, AT_ONCE, ProviderRefused, 502),
    (418, {}, "a teapot", AT_ONCE, ProviderRefused, 502),
    (200, {}, "<html>a page</html>", AT_ONCE, ProviderRefused, 502),
    (200, {}, {"hello": "there"}, AT_ONCE, ProviderRefused, 502),
    # The caller's.
    (400, {}, said("bad parameter"), AT_ONCE, RequestRefused, 400),
    (400, {}, "", AT_ONCE, RequestRefused, 400),
    (400, retry_after("1"), said("bad parameter"), AT_ONCE, RequestRefused, 400),
    (422, {}, said("bad form"), AT_ONCE, RequestRefused, 400),
    (400, {}, said("filtered", code="content_filter"), AT_ONCE, ContentRefused, 400),
    (400, {}, said("This model's maximum context length is 8192 tokens.", code="context_length_exceeded"), AT_ONCE, ContextTooLong, 422),
    (400, {}, said("the request exceeds the available context size", "exceed_context_size_error"), AT_ONCE, ContextTooLong, 422),
    (400, {}, said("prompt is too long: 210000 tokens"), AT_ONCE, ContextTooLong, 422),
    (413, {}, "<html>too large</html>", AT_ONCE, ContextTooLong, 422),
]


@pytest.fixture
def slept(monkeypatch, health, clock):
    """The seconds that the retry loop would have slept, by real chance."""
    seconds = []

    async def sleep(delay):
        seconds.append(delay)
        clock.now += delay

    monkeypatch.setattr(routed_module, "retry_policy", RetryPolicy(sleep=sleep, chance=random.Random(3).random))
    return seconds


async def fail(call):
    with pytest.raises(ProviderError) as caught:
        [_ async for _ in routed(call, None)]
    return caught.value


def within(slept, delays):
    return len(slept) == len(delays) and all(least <= seconds <= most for seconds, (least, most) in zip(slept, delays, strict=True))


def test_the_table_is_long_enough():
    assert len(TABLE) >= 40


@pytest.mark.parametrize(("status", "headers", "body", "delays", "error", "told"), TABLE)
async def test_an_answer_is_tried_again_as_its_row_says(fake_server, make_call, slept, status, headers, body, delays, error, told):
    fake_server.enqueue(*[[Status(status, body, headers)]] * 5)
    call = make_call(make_target(base_url=fake_server.base_url))
    caught = await fail(call)
    assert (type(caught), caught.status) == (error, told)
    assert len(fake_server.requests) == len(call.attempts) == len(delays) + 1
    assert within(slept, delays), slept
    assert [attempt.usage for attempt in call.attempts] == [None] * len(call.attempts)


@pytest.mark.parametrize(
    ("steps", "delays", "error"),
    [
        ([Cut()], JITTER, ProviderUnavailable),
        ([Raw('data: {"error": {"message": "overloaded", "type": "server_error"}}\n\n')], JITTER, ProviderUnavailable),
        ([Raw('data: {"error": {"message": "pay", "code": "insufficient_quota"}}\n\n')], AT_ONCE, QuotaUsedUp),
        ([Raw('data: {"error": {"message": "no", "code": "content_filter"}}\n\n')], AT_ONCE, ContentRefused),
        ([Raw("data: {not json\n\n")], AT_ONCE, ProviderRefused),
        ([End()], AT_ONCE, ProviderRefused),
    ],
)
async def test_what_goes_wrong_in_a_stream_before_its_first_word_is_tried_again_like_a_status(fake_server, make_call, slept, steps, delays, error):
    fake_server.enqueue(*[steps] * 5)
    assert type(await fail(make_call(make_target(base_url=fake_server.base_url)))) is error
    assert len(fake_server.requests) == len(delays) + 1
    assert within(slept, delays), slept


async def test_a_server_that_is_not_there_is_tried_again(make_call, slept):
    call = make_call(make_target(base_url="http://127.0.0.1:1/v1"))
    assert type(await fail(call)) is ProviderUnavailable
    assert len(call.attempts) == 3
    assert within(slept, JITTER)


async def test_what_a_server_asks_for_is_waited_for_only_within_the_deadline(fake_server, make_call, slept, settings):
    settings.QUIRE_MODEL_CALL_SECONDS = 5
    fake_server.enqueue(*[[Status(429, None, retry_after("3"))]] * 5)
    assert type(await fail(make_call(make_target(base_url=fake_server.base_url)))) is ProviderBusy
    assert slept == [3]


async def test_a_server_that_answers_503_to_everything_is_asked_a_tenth_more_often_than_we_are_at_most(fake_server, make_call, slept, clock):
    fake_server.enqueue(*[[Status(503)]] * 1000)
    for _ in range(200):
        await fail(make_call(make_target(base_url=fake_server.base_url)))
        clock.now += 1
    assert len(fake_server.requests) <= 200 * 1.1
    assert len(fake_server.requests) < 12
