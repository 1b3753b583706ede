"""POST /api/v1/query with an Idempotency-Key: one question, one run, however often and however many at once it is sent."""

import asyncio
import threading

import pytest
from django.db import connection
from django.test import AsyncClient, RequestFactory

from apps.accounts.models import ApiKey, IdempotencyRecord
from apps.accounts.services.keys import make_key
from apps.chat.api import views
from apps.chat.models import Message, Run
from apps.common.db import run_db
from apps.gateway.errors import ProviderUnavailable
from tests.chat.stage import finally_true

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/v1/query"
QUESTION = {"question": "Where does Quire run?"}


@pytest.fixture
def text(alice_reader):
    return make_key(alice_reader, name="Bot", scopes=["chat.ask", "document.view"])[1]


async def ask(text, body=QUESTION, key="k-1"):
    headers = {"Authorization": f"Bearer {text}", "Idempotency-Key": key}
    return await AsyncClient().post(URL, body, content_type="application/json", headers=headers)


async def test_a_repeat_gets_the_answer_of_the_same_run(text, stage, shelf):
    stage.answers = [["Quire runs on Linux. [1]"]]
    asking = asyncio.create_task(ask(text))
    await finally_true(Run.objects.exists)
    repeat = asyncio.create_task(ask(text))
    await finally_true(lambda: IdempotencyRecord.objects.filter(status=200).exists())
    await stage.carry_out()
    first, second = await asking, await repeat
    third = await ask(text)
    assert [one.status_code for one in (first, second, third)] == [200, 200, 200]
    assert first.json() == second.json() == third.json()
    assert ["Idempotency-Replayed" in one for one in (first, second, third)] == [False, True, True]
    assert await run_db(Run.objects.count) == 1


async def test_another_question_under_the_same_key_is_422(text, monkeypatch):
    monkeypatch.setattr(views, "WAIT_SECONDS", 0.01)
    await ask(text)
    response = await ask(text, {"question": "Why?"})
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_mismatch")
    assert await run_db(Run.objects.count) == 1


async def test_who_waited_too_long_finds_the_same_run_again(text, stage, shelf, monkeypatch):
    monkeypatch.setattr(views, "WAIT_SECONDS", 0.01)
    pending = await ask(text)
    stage.answers = [["Quire runs on Linux. [1]"]]
    await stage.carry_out()
    answered = await ask(text)
    assert (pending.status_code, answered.status_code) == (504, 200)
    assert answered.json()["run_id"] == pending.json()["run_id"]


async def test_a_run_that_failed_frees_its_key(text, stage, shelf):
    stage.answers = [[ProviderUnavailable("Away.")], ["Quire runs on Linux. [1]"]]
    for status in (502, 200):
        asking = asyncio.create_task(ask(text))
        await finally_true(lambda: Run.objects.live().exists())
        await stage.carry_out()
        assert (await asking).status_code == status
    assert await run_db(Run.objects.count) == 2


async def test_a_question_that_is_refused_frees_its_key(text, monkeypatch):
    monkeypatch.setattr(views, "WAIT_SECONDS", 0.01)
    assert (await ask(text, {"question": ""})).status_code == 422
    assert (await ask(text, b"{")).status_code == 400
    assert not await run_db(IdempotencyRecord.objects.exists)
    assert (await ask(text)).status_code == 504


async def test_a_stolen_idempotency_key_opens_nothing(text, bob_reader, monkeypatch):
    """Another caller with the same key asks a question of their own."""
    monkeypatch.setattr(views, "WAIT_SECONDS", 0.01)
    first = await ask(text)
    _, bobs = await run_db(lambda: make_key(bob_reader, name="Bot", scopes=["chat.ask", "document.view"]))
    second = await ask(bobs)
    assert first.json()["run_id"] != second.json()["run_id"]
    assert "Idempotency-Replayed" not in second


async def test_the_record_holds_no_words(text, monkeypatch):
    monkeypatch.setattr(views, "WAIT_SECONDS", 0.01)
    response = await ask(text)
    record = await run_db(IdempotencyRecord.objects.get)
    assert (record.reference, record.status) == (response.json()["run_id"], 200)
    assert "Quire run" not in str(record.__dict__)


def test_the_question_and_its_record_are_kept_together_or_not_at_all(text, monkeypatch):
    """Who took over while the first was slow moved the fence: the first one's question goes with its record."""
    from apps.accounts.services import idempotency

    def lose_the_lease(*args, **kwargs):
        raise idempotency.InFlight

    monkeypatch.setattr(idempotency, "complete", lose_the_lease)
    assert send(text).status_code == 409
    assert not Message.objects.exists()
    assert not IdempotencyRecord.objects.exists()


def send(text, key="k-1"):
    """The part of the view that asks, in this thread."""
    headers = {"Authorization": f"Bearer {text}", "Idempotency-Key": key}
    request = RequestFactory().post(URL, QUESTION, content_type="application/json", headers=headers)
    request.session = {}
    return views._view(request)


def test_eight_at_once_with_one_key_make_one_run(text):
    answers, barrier = [], threading.Barrier(8)

    def ask_once():
        barrier.wait()
        try:
            answers.append(send(text))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask_once) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Run.objects.count() == 1
    run_id = str(Run.objects.get().pk)
    assert len(answers) == 8
    assert all((one.status_code, one.data.get("run_id") or one.data["code"]) in {(202, run_id), (409, "in_flight")} for one in answers)
    assert sum(one.status_code == 202 and "Idempotency-Replayed" not in one for one in answers) == 1
    assert ApiKey.objects.get().last_used_at is not None
