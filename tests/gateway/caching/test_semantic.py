"""Answers to questions that ask the same in other words, with the real embedder and the real Postgres."""

from collections import Counter
from contextlib import aclosing
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError

from apps.gateway.caching import background, semantic
from apps.gateway.errors import ModelNotBuilt, StreamCut
from apps.gateway.ledger.pruning import prune
from apps.gateway.models import CachedAnswer
from apps.gateway.steps.cached import cached, cached_by_meaning
from apps.gateway.types import ChatMessage, Chunk
from tests.gateway.caching.conftest import LAST, WORKSPACE, Model, ask, make_call, text_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _is_on(settings):
    settings.QUIRE_SEMANTIC_CACHE_HOURS = 2


def asking(text="How do I reset my password?", **fields):
    return make_call(text=text, **{"is_semantic": True} | fields)


async def test_the_same_question_in_other_words_is_answered_once(today):
    model, first, second = Model(), asking(), asking("Hello, could you please tell me how to reset a password?")
    assert text_of(await ask(cached_by_meaning, first, model)) == text_of(await ask(cached_by_meaning, second, model)) == "It is five euros."
    assert (first.cache, second.cache, model.asked) == ("miss", "semantic", 1)
    assert second.attempts == []


@pytest.mark.parametrize(
    "text",
    ["How do I not reset my password?", "How do I reset my phone?", "How do I reset my 2 passwords?", "Can I reset my password?", "What is on the menu?"],
)
async def test_another_question_is_not(today, text):
    model, other = Model(), asking(text)
    await ask(cached_by_meaning, asking(), model)
    await ask(cached_by_meaning, other, model)
    assert (other.cache, model.asked) == ("miss", 2)


@pytest.mark.parametrize("changed", [{"scope": "bob"}, {"versions": ("2",)}, {"workspace": str(uuid4())}, {"locale": "de"}, {"parameters": {"seed": 2}}])
async def test_nor_is_one_of_another_scope(today, changed):
    model, other = Model(), asking(**changed)
    await ask(cached_by_meaning, asking(), model)
    await ask(cached_by_meaning, other, model)
    assert (other.cache, model.asked) == ("miss", 2)


async def test_the_question_that_stands_alone_is_compared(today):
    model = Model()
    earlier = [ChatMessage("user", "Hi"), ChatMessage("assistant", "Hello.")]
    first, second = (make_call(*earlier, text, is_semantic=True, question=alone) for text, alone in (("And?", "How much is it?"), ("So?", "how much is it")))
    await ask(cached_by_meaning, first, model)
    await ask(cached_by_meaning, second, model)
    assert second.cache == "semantic"


async def test_it_is_kept_as_long_as_the_setting_says(today):
    model = Model()
    await ask(cached_by_meaning, asking(), model)
    today.go_on(2 * 3600 - 1)
    call = asking()
    await ask(cached_by_meaning, call, model)
    assert call.cache == "semantic"
    today.go_on(1)
    call = asking()
    await ask(cached_by_meaning, call, model)
    assert call.cache == "miss"


async def test_what_is_old_can_be_deleted(today):
    await ask(cached_by_meaning, asking(), Model())
    await ask(cached_by_meaning, asking(scope="bob"), Model())
    today.go_on(7201)
    await ask(cached_by_meaning, asking(scope="charlie"), Model())
    await semantic.run_db(prune, semantic.now())
    assert await CachedAnswer.objects.acount() == 1


async def test_so_can_what_is_kept_of_a_workspace(today):
    await ask(cached_by_meaning, asking(), Model())
    await ask(cached_by_meaning, asking(workspace=str(uuid4())), Model())
    assert await semantic.run_db(semantic.forget_workspace, UUID(WORKSPACE)) == 1
    assert await CachedAnswer.objects.acount() == 1


@pytest.mark.parametrize(("hours", "fields"), [(0, {}), (2, {"is_semantic": False}), (2, {"parameters": {"temperature": 1}})])
async def test_it_is_off_unless_setting_and_caller_want_it(today, settings, hours, fields):
    settings.QUIRE_SEMANTIC_CACHE_HOURS = hours
    model, call = Model(), asking(**fields)
    await ask(cached_by_meaning, call, model)
    await ask(cached_by_meaning, call, model)
    assert (call.cache, model.asked, await CachedAnswer.objects.acount()) == ("", 2, 0)


async def test_an_answer_that_breaks_off_is_not_kept(today):
    with pytest.raises(StreamCut):
        await ask(cached_by_meaning, asking(), Model(Chunk("It is "), StreamCut("Try again.")))
    assert await CachedAnswer.objects.acount() == 0


async def test_nor_one_that_its_reader_leaves(today):
    model = Model()
    async with aclosing(cached_by_meaning(asking(), model.follow)) as flow:
        await anext(flow)
    await background.finish()
    assert (model.is_closed, await CachedAnswer.objects.acount()) == (True, 0)


async def test_nor_one_in_which_a_guard_finds_a_person(today):
    call = asking()
    async with aclosing(cached_by_meaning(call, Model().follow)) as flow:
        async for _ in flow:
            call.found = Counter({"personal_data.email": 1})
    await background.finish()
    assert await CachedAnswer.objects.acount() == 0


async def test_nor_one_at_its_limit(today):
    await ask(cached_by_meaning, asking(), Model(Chunk("It is")))
    assert await CachedAnswer.objects.acount() == 0


async def test_what_cannot_be_read_is_not_there(today):
    await ask(cached_by_meaning, asking(), Model())
    await CachedAnswer.objects.aupdate(answer={"text": "from a later version"})
    call = asking()
    await ask(cached_by_meaning, call, Model())
    assert call.cache == "miss"


async def test_the_newest_of_equals_is_taken(today):
    await ask(cached_by_meaning, asking(), Model())
    await CachedAnswer.objects.aupdate(expires_at=today() - timedelta(hours=1))
    await ask(cached_by_meaning, asking(), Model(Chunk("It is six."), LAST))
    await CachedAnswer.objects.aupdate(expires_at=today() + timedelta(hours=1))
    assert text_of(await ask(cached_by_meaning, asking(), Model())) == "It is six."


async def test_without_an_embedder_the_model_is_asked(today, monkeypatch, caplog):
    async def embed(question, config):
        raise ModelNotBuilt("Build it.")

    monkeypatch.setattr(semantic, "_embed", embed)
    model, call = Model(), asking()
    assert text_of(await ask(cached_by_meaning, call, model)) == "It is five euros."
    assert call.cache == "miss"
    assert [(record.message, record.reason) for record in caplog.records] == [("gateway.semantic_cache_away", "ModelNotBuilt")]


async def test_a_database_that_fails_is_not_the_readers_trouble(today, monkeypatch, caplog):
    def insert(asked, answer, expires_at):
        raise DatabaseError("full")

    monkeypatch.setattr(semantic, "_insert", insert)
    assert text_of(await ask(cached_by_meaning, asking(), Model())) == "It is five euros."
    assert [record.message for record in caplog.records] == ["gateway.semantic_cache_away"]
    assert "password" not in str([record.__dict__ for record in caplog.records])


async def test_the_two_caches_work_one_in_the_other(answers, today, clock):
    model, around = Model(), Model()
    around.follow = lambda call: cached_by_meaning(call, model.follow)
    calls = [asking(), asking(), asking("how can i reset my password"), asking("how can i reset my password")]
    for call in calls:
        await ask(cached, call, around)
    assert [call.cache for call in calls] == ["miss", "exact", "semantic", "semantic"]
    assert model.asked == 1


async def test_what_was_looked_up_says_nothing_of_what_was_asked(today):
    asked = await semantic.look_up(asking())
    assert "password" not in repr(asked)
