"""Who is asked in which order, and what the asker is told when nobody is left."""

from contextlib import aclosing

import pytest

from apps.gateway.calls import Kind
from apps.gateway.errors import (
    AllTargetsDown,
    ContentRefused,
    ContextTooLong,
    ModelNotBuilt,
    ModelNotFound,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    ProviderTimedOut,
    ProviderUnavailable,
    QuotaUsedUp,
    RequestRefused,
)
from apps.gateway.resilience.fallback import order
from apps.gateway.steps.routed import routed
from apps.gateway.targets import RouteInfo
from tests.gateway.resilience.conftest import make_target, principal


async def text_of(call):
    async with aclosing(routed(call, None)) as chunks:
        return "".join([chunk.text async for chunk in chunks])


def names(*targets, kind="chat", chance=0.0):
    return [target.model for target in order(RouteInfo("route", kind, targets), lambda: chance)]


def weighed(**weights):
    return [make_target(name, weight=weight) for name, weight in weights.items()]


@pytest.mark.parametrize(("chance", "expected"), [(0.0, "abcde"), (0.34, "bcade"), (0.99, "cabde")])
def test_those_of_the_highest_weight_share_the_load_and_the_others_follow_by_weight(chance, expected):
    assert "".join(names(*weighed(e=1, a=9, b=9, d=5, c=9), chance=chance)) == expected


def test_vectors_are_never_made_by_another_model():
    mixed = [make_target("mini", "here"), make_target("large", "here"), make_target("mini", "there")]
    assert names(*mixed, kind="embedding") == ["mini", "mini"]


async def test_another_target_answers_unseen_where_the_first_fails(make_call, providers, waits):
    providers.will("one", ProviderUnavailable())
    call = make_call(*weighed(one=2, two=1))
    assert await text_of(call) == "Fine."
    assert providers.asked == ["one", "one", "one", "two"]
    assert [attempt.outcome for attempt in call.attempts] == ["provider_unavailable"] * 3 + ["answered"]
    assert call.target.model == "two"
    assert waits == [0.25, 0.5]


@pytest.mark.parametrize(
    "error", [ProviderRefused(), ModelNotFound(), QuotaUsedUp(), ModelNotBuilt(), ProviderError(), ProviderTimedOut(), ProviderBusy(retry_after=60)]
)
async def test_what_is_no_better_a_moment_later_goes_to_the_next_target_at_once(make_call, providers, waits, error):
    providers.will("one", error)
    assert await text_of(make_call(*weighed(one=2, two=1))) == "Fine."
    assert providers.asked == ["one", "two"]
    assert waits == []


@pytest.mark.parametrize("error", [RequestRefused("form"), ContentRefused("content")])
async def test_what_the_caller_did_wrong_is_told_at_once_and_nobody_else_is_asked(make_call, providers, error):
    providers.will("one", error)
    with pytest.raises(type(error)) as caught:
        await text_of(make_call(*weighed(one=2, two=1)))
    assert caught.value is error
    assert providers.asked == ["one"]


async def test_a_silent_model_is_asked_again_only_where_there_is_no_other(make_call, providers):
    providers.will("one", ProviderTimedOut())
    providers.will("two", ProviderTimedOut(), ["Fine."])
    assert await text_of(make_call(*weighed(one=2, two=1))) == "Fine."
    assert providers.asked == ["one", "two", "two"]


async def test_too_much_text_goes_to_a_larger_model_only(make_call, providers):
    providers.will("small", ContextTooLong())
    sizes = {"small": 8, "same": 8, "unknown": None, "large": 32}
    targets = [make_target(name, window=window, weight=9 - place) for place, (name, window) in enumerate(sizes.items())]
    assert await text_of(make_call(*targets)) == "Fine."
    assert providers.asked == ["small", "large"]


@pytest.mark.parametrize(("first", "second"), [(8, 8), (8, None), (None, 32), (None, None)])
async def test_too_much_text_is_told_where_no_model_is_known_to_be_larger(make_call, providers, first, second):
    providers.will("one", ContextTooLong("too long"))
    with pytest.raises(ContextTooLong, match="too long"):
        await text_of(make_call(make_target("one", window=first, weight=2), make_target("two", window=second)))
    assert providers.asked == ["one"]


async def test_too_much_text_is_told_where_the_larger_model_is_down(make_call, providers):
    providers.will("large", ProviderRefused())
    large = make_target("large", window=32)
    for _ in range(5):
        with pytest.raises(ProviderRefused):
            await text_of(make_call(large))
    providers.will("small", ContextTooLong("too long"))
    with pytest.raises(ContextTooLong, match="too long"):
        await text_of(make_call(make_target("small", window=8, weight=2), large))


async def test_one_target_that_was_asked_tells_its_own_trouble(make_call, providers):
    error = ProviderUnavailable("of its own")
    providers.will("one", error)
    with pytest.raises(ProviderUnavailable) as caught:
        await text_of(make_call())
    assert caught.value is error


async def test_a_target_that_is_left_alone_is_not_asked_and_the_asker_hears_when_it_will_be(make_call, providers, clock):
    providers.will("one", ProviderRefused())
    for _ in range(5):
        with pytest.raises(ProviderRefused):
            await text_of(make_call())
    clock.now += 20.5
    with pytest.raises(AllTargetsDown, match=r"^No model can answer at the moment. Your question is kept; try again in 40 seconds.$") as caught:
        await text_of(make_call())
    assert caught.value.extra["retry_after"] == 40
    assert len(providers.asked) == 5


@pytest.mark.parametrize("fields", [{"kind": Kind.EMBEDDING}, {"principal": principal(api_key_id="key")}])
async def test_nothing_is_said_of_a_question_where_nobody_keeps_one(make_call, providers, clock, fields):
    providers.will("one", ProviderRefused())
    for _ in range(5):
        with pytest.raises(ProviderRefused):
            [_ async for _ in routed(make_call(**fields), None)]
    clock.now += 59.5
    with pytest.raises(AllTargetsDown, match=r"^No model can answer at the moment. Try again in 1 second.$"):
        [_ async for _ in routed(make_call(**fields), None)]


async def test_when_all_fail_the_asker_hears_when_the_first_may_be_well_again(make_call, providers, waits):
    providers.will("one", ProviderBusy(retry_after=50))
    providers.will("two", ProviderBusy(retry_after=20))
    with pytest.raises(AllTargetsDown, match="in 20 seconds"):
        await text_of(make_call(*weighed(one=2, two=1)))


async def test_when_all_refuse_for_good_an_operator_learns_what_to_do(make_call, providers):
    providers.will("one", ProviderRefused("checks the key"))
    providers.will("two", ModelNotFound("no such model"))
    with pytest.raises(ProviderRefused, match="checks the key"):
        await text_of(make_call(*weighed(one=2, two=1)))


async def test_a_route_without_targets_says_so(make_call, providers):
    call = make_call()
    call.route = RouteInfo("empty", "chat", ())
    with pytest.raises(ModelNotFound, match="empty"):
        await text_of(call)


async def test_the_deadline_of_a_call_ends_its_tries(make_call, providers, clock, waits, settings):
    settings.QUIRE_MODEL_CALL_SECONDS = 4
    providers.will("one", ProviderBusy("first", retry_after=3), ProviderBusy("second", retry_after=3))
    providers.will("two", ProviderUnavailable("third"))
    call = make_call(*weighed(one=2, two=1))
    with pytest.raises(AllTargetsDown):
        await text_of(call)
    assert waits == [3, 0.25, 0.5]
    assert providers.asked == ["one", "one", "two", "two", "two"]
    call = make_call(*weighed(one=2, two=1))
    clock.now += 4
    with pytest.raises(ProviderBusy, match="second"):
        await text_of(call)


async def test_a_model_of_this_process_is_never_left_alone(make_call, providers):
    providers.will("own", ModelNotBuilt("build it"))
    for _ in range(12):
        with pytest.raises(ModelNotBuilt, match="build it"):
            await text_of(make_call(make_target("own", kind="extractive")))


async def test_a_new_key_or_address_is_given_a_chance_at_once(make_call, providers):
    providers.will("one", *[ProviderRefused()] * 5, ["Fine."])
    for _ in range(5):
        with pytest.raises(ProviderRefused):
            await text_of(make_call(make_target(api_key="old")))
    assert await text_of(make_call(make_target(api_key="new"))) == "Fine."


@pytest.mark.parametrize("error", [ContextTooLong(), RequestRefused(), ContentRefused()])
async def test_nobody_can_spoil_a_model_for_others_by_what_they_ask(make_call, providers, error):
    providers.will("one", *[error] * 1000, ["Fine."])
    for _ in range(1000):
        with pytest.raises(type(error)):
            await text_of(make_call())
    assert await text_of(make_call()) == "Fine."
