"""The two steps, with a model that does as it is told."""

from collections import Counter
from contextlib import aclosing

import pytest

from apps.gateway.caching import background, exact
from apps.gateway.caching.exact import ExactCache
from apps.gateway.caching.keys import hard_key
from apps.gateway.calls import Attempt
from apps.gateway.catalogue import GuardRules
from apps.gateway.errors import AllTargetsDown, ProviderRefused, ProviderTimedOut, StreamCut
from apps.gateway.steps.cached import cached
from apps.gateway.targets import Target
from apps.gateway.types import ChatOptions, Chunk, Usage
from tests.gateway.caching.conftest import LAST, Model, ask, make_call, text_of


async def test_the_same_call_is_answered_once(answers):
    model, first, second = Model(), make_call(), make_call()
    assert text_of(await ask(cached, first, model)) == text_of(await ask(cached, second, model)) == "It is five euros."
    assert (first.cache, second.cache, model.asked) == ("miss", "exact", 1)


async def test_a_hit_shows_what_the_first_call_took_and_costs_nothing(answers):
    model, call = Model(), make_call()
    await ask(cached, make_call(), model)
    chunks = await ask(cached, call, model)
    assert (chunks[-1].usage, chunks[-1].finish_reason) == (Usage(10, 5, estimated=False), "stop")
    assert (call.attempts, call.usage) == ([], None)


async def test_a_long_answer_streams_again(answers):
    model = Model(Chunk("word " * 100), LAST)
    await ask(cached, make_call(), model)
    chunks = await ask(cached, make_call(), model)
    assert len(chunks) == 11
    assert text_of(chunks) == "word " * 100


@pytest.mark.parametrize("changed", [{"scope": "bob"}, {"versions": ("2",)}, {"rules": GuardRules("9.1")}, {"text": "And in Berlin?"}, {"locale": "de"}])
async def test_a_call_that_differs_is_not(answers, changed):
    model, other = Model(), make_call(**changed)
    await ask(cached, make_call(), model)
    await ask(cached, other, model)
    assert (other.cache, model.asked) == ("miss", 2)


async def test_a_document_that_changes_makes_the_next_call_miss(answers, clock):
    model, before, after = Model(), make_call(versions=("library.1",)), make_call(versions=("library.2",))
    await ask(cached, before, model)
    await ask(cached, after, model)
    assert after.cache == "miss"


async def test_it_is_asked_anew_once_the_answer_is_old(answers, clock, settings):
    model = Model()
    await ask(cached, make_call(), model)
    clock.go_on(settings.QUIRE_CACHE_SECONDS)
    for expected in ("miss", "exact"):
        call = make_call()
        await ask(cached, call, model)
        assert call.cache == expected
    assert model.asked == 2


@pytest.mark.parametrize("parameters", [{"temperature": 1}, {"tools": [{"type": "function"}]}])
async def test_what_may_not_be_kept_is_handed_on(answers, parameters):
    model, call = Model(), make_call(parameters=parameters)
    await ask(cached, call, model)
    await ask(cached, call, model)
    assert (call.cache, model.asked) == ("", 2)


async def test_nothing_is_kept_where_it_is_switched_off(answers, settings):
    settings.QUIRE_CACHE_SECONDS = 0
    model, call = Model(), make_call()
    await ask(cached, call, model)
    await ask(cached, call, model)
    assert (call.cache, model.asked) == ("", 2)


async def test_nor_for_who_does_not_ask_for_it(answers):
    model, call = Model(), make_call()
    call.options = ChatOptions()
    await ask(cached, call, model)
    assert (call.cache, len(answers.memory)) == ("", 0)


async def test_an_answer_that_breaks_off_is_not_kept(answers):
    with pytest.raises(StreamCut):
        await ask(cached, make_call(), Model(Chunk("It is "), StreamCut("Try again.")))
    assert len(answers.memory) == 0


async def test_nor_one_that_its_reader_leaves(answers):
    model = Model()
    async with aclosing(cached(make_call(), model.follow)) as flow:
        await anext(flow)
    await background.finish()
    assert model.is_closed
    assert len(answers.memory) == 0


async def test_nor_one_at_its_limit(answers):
    await ask(cached, make_call(), Model(Chunk("It is"), Chunk("", usage=Usage(1, 1, estimated=True), finish_reason="length")))
    assert len(answers.memory) == 0


async def test_nor_one_in_which_a_guard_finds_a_secret(answers):
    call = make_call(rules=GuardRules(secrets="mask"))
    async with aclosing(cached(call, Model().follow)) as flow:
        async for _ in flow:
            call.found = Counter({"secrets.token": 1})
    await background.finish()
    assert len(answers.memory) == 0


async def test_it_is_kept_under_the_name_of_who_gave_it(answers):
    call = make_call()
    call.attempts = [Attempt(Target("acme", "large", "openai-compatible"), 0.0)]
    await ask(cached, call, Model())
    assert (await answers.find(hard_key(call))).model == "acme/large"


@pytest.mark.parametrize("trouble", [AllTargetsDown("Try again at noon."), ProviderTimedOut("Too slow.")])
async def test_an_old_answer_is_better_than_none(answers, clock, trouble):
    await ask(cached, make_call(), Model())
    clock.go_on(3599)
    call = make_call()
    assert text_of(await ask(cached, call, Model(trouble))) == "It is five euros."
    assert call.cache == "stale"


async def test_an_old_answer_stays_old(answers, clock):
    await ask(cached, make_call(), Model())
    clock.go_on(3000)
    await ask(cached, make_call(), Model(AllTargetsDown("Down.")))
    clock.go_on(600)
    with pytest.raises(AllTargetsDown):
        await ask(cached, make_call(), Model(AllTargetsDown("Down.")))


async def test_without_one_the_error_is_told(answers):
    call = make_call()
    with pytest.raises(AllTargetsDown, match="noon"):
        await ask(cached, call, Model(AllTargetsDown("Try again at noon.")))
    assert call.cache == "miss"


async def test_a_refusal_is_told_whatever_there_is(answers, clock):
    await ask(cached, make_call(), Model())
    clock.go_on(400)
    with pytest.raises(ProviderRefused):
        await ask(cached, make_call(), Model(ProviderRefused("Change the key.")))


async def test_two_answers_are_never_mixed(answers, clock):
    await ask(cached, make_call(), Model())
    clock.go_on(400)
    with pytest.raises(ProviderTimedOut):
        await ask(cached, make_call(), Model(Chunk("It is "), ProviderTimedOut("Too slow.")))


async def test_an_old_answer_is_replaced(answers, clock):
    await ask(cached, make_call(), Model())
    clock.go_on(400)
    await ask(cached, make_call(), Model(Chunk("It is six."), LAST))
    assert text_of(await ask(cached, make_call(), Model())) == "It is six."


async def test_what_was_found_by_meaning_is_not_kept_as_if_it_were_new(answers):
    call = make_call()
    async with aclosing(cached(call, Model().follow)) as flow:
        async for _ in flow:
            call.cache = "semantic"
    await background.finish()
    assert len(answers.memory) == 0


async def test_calls_are_answered_while_redis_hangs(hanging, monkeypatch, clock):
    cache = ExactCache(hanging, timeout=0.2, clock=clock)
    monkeypatch.setattr(exact, "exact_cache", lambda: cache)
    model = Model()
    texts = [text_of(await ask(cached, make_call(text=f"Question {number % 5}?"), model)) for number in range(50)]
    assert texts == ["It is five euros."] * 50
    assert model.asked == 5
