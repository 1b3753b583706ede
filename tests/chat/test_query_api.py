"""POST /api/v1/query: a question in, a cited answer out."""

import asyncio

import pytest
from django.test import AsyncClient

from apps.chat.api import views
from apps.chat.models import Run
from apps.chat.services import agents as agents_module
from apps.chat.services.agents import AgentsProcess
from apps.chat.services.execution import execute_run
from apps.common.db import run_db
from apps.gateway.errors import ProviderUnavailable
from tests.chat.stage import finally_true, shelve

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/v1/query"


@pytest.fixture
def api_client():
    """An integrator's client; its request goes through the whole stack."""

    def make(user=None, **options):
        client = AsyncClient(**options)
        if user is not None:
            client.force_login(user)
        return client

    return make


@pytest.fixture
async def agents(monkeypatch):
    monkeypatch.setattr(agents_module, "POLL_SECONDS", 0.02)
    process = AgentsProcess(execute_run, concurrency=4)
    task = asyncio.create_task(process.run())
    yield process
    process.leave()
    await task


async def post(client, body, **headers):
    return await client.post(URL, body, content_type="application/json", headers=headers)


async def test_it_answers_with_sources(api_client, alice, stage, shelf, agents):
    stage.answers = [["Quire runs on Linux. [1]"]]
    response = await post(await run_db(api_client, alice), {"question": "Where does Quire run?"})
    body = response.json()
    passage = shelf[0]
    assert response.status_code == 200
    assert body["answer"] == "Quire runs on Linux. [1]"
    (source,) = body["sources"]
    assert source == {
        "document": str(passage.version.document_id),
        "title": "Handbook",
        "page": 3,
        "place": "page 3",
        "quote": "Quire runs on Linux.",
        "url": source["url"],
    }
    assert f"passage={passage.pk}" in source["url"]
    assert body["latency_ms"] >= 0
    run = await run_db(Run.objects.get)
    assert body["run_id"] == str(run.pk)


async def test_a_follow_up_names_its_conversation(api_client, alice, answered, stage, agents):
    stage.answers = [["It needs Python. [1]"]]
    response = await post(await run_db(api_client, alice), {"question": "What else?", "conversation": str(answered.conversation_id)})
    assert response.status_code == 200
    assert await run_db(lambda: Run.objects.filter(conversation=answered.conversation_id).count()) == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"question": ""}, 422),
        ({"question": " \n"}, 422),
        ({"question": "x" * 100_000}, 422),
        ({"question": "a\x00"}, 422),
        ({"question": 5}, 422),
        ({"question": None}, 422),
        ({"question": ["a"]}, 422),
        ({"question": {"a": 1}}, 422),
        ({}, 422),
        ([], 422),
        ("text", 422),
        (None, 422),
        ('{"question": ', 400),
        (b"\xff\xfe", 400),
        ({"question": "Where?", "conversation": "no id"}, 422),
        ({"question": "Where?", "conversation": []}, 422),
        ({"question": "Where?", "conversation": "00000000-0000-0000-0000-000000000000"}, 404),
    ],
)
async def test_a_body_of_the_wrong_shape_is_a_problem(body, status, api_client, alice, acme):
    import json

    sent = body if isinstance(body, bytes) or (isinstance(body, str) and body.startswith("{")) else json.dumps(body)
    response = await post(await run_db(api_client, alice), sent)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert not await run_db(Run.objects.exists)


async def test_the_limit_is_told_in_words(api_client, alice, acme):
    response = await post(await run_db(api_client, alice), {"question": "x" * 9_000})
    assert "9,000 characters; the limit is 8,000" in response.json()["detail"]


async def test_another_content_type_is_a_problem(api_client, alice, acme):
    client = await run_db(api_client, alice)
    response = await client.post(URL, "question=a", content_type="application/x-www-form-urlencoded")
    assert response.status_code == 415
    assert response["Content-Type"] == "application/problem+json"


async def test_a_question_is_a_post(api_client, alice, acme):
    client = await run_db(api_client, alice)
    response = await client.get(URL)
    assert response.status_code == 405


async def test_a_body_beyond_all_measure_is_refused_unread(api_client, alice, acme, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    response = await post(await run_db(api_client, alice), {"question": "x" * 200})
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


async def test_without_a_session_it_is_401(api_client, db):
    response = await post(api_client(), {"question": "Where?"})
    assert response.status_code == 401
    assert response.json()["code"] == "not_signed_in"


async def test_without_the_csrf_token_it_is_403(api_client, alice, acme):
    client = await run_db(lambda: api_client(alice, enforce_csrf_checks=True))
    response = await post(client, {"question": "Where?"})
    assert response.status_code == 403
    assert not await run_db(Run.objects.exists)


async def test_a_stranger_asks_only_in_their_own_workspace(api_client, charlie, other, acme):
    response = await post(await run_db(api_client, charlie), {"question": "Where?"}, **{"X-Quire-Workspace": acme.slug})
    assert response.status_code == 404


async def test_a_teammate_cannot_go_on_in_somebody_elses_conversation(api_client, bob, run):
    response = await post(await run_db(api_client, bob), {"question": "Where?", "conversation": str(run.conversation_id)})
    assert response.status_code == 404


async def test_a_failed_run_is_a_problem_with_its_words_and_id(api_client, alice, stage, shelf, agents):
    stage.answers = [[ProviderUnavailable("The model does not answer.")]]
    response = await post(await run_db(api_client, alice), {"question": "Where does Quire run?"})
    problem = response.json()
    run = await run_db(Run.objects.get)
    assert (response.status_code, problem["code"], problem["detail"]) == (502, "answer_failed", "The model does not answer.")
    assert (problem["run_id"], problem["reason"]) == (str(run.pk), "provider_unavailable")


async def test_a_stopped_run_is_a_problem(api_client, alice, alice_reader, stage, shelf):
    from apps.chat.services.asking import cancel_run

    client = await run_db(api_client, alice)
    asking = asyncio.create_task(post(client, {"question": "Where does Quire run?"}))
    await finally_true(Run.objects.exists)
    run = await run_db(Run.objects.get)
    await run_db(cancel_run, alice_reader, run.pk)
    response = await asking
    assert (response.status_code, response.json()["code"]) == (409, "answer_stopped")


async def test_who_waits_too_long_is_told_where_to_look(api_client, alice, acme, monkeypatch):
    monkeypatch.setattr(views, "WAIT_SECONDS", 0.05)
    response = await post(await run_db(api_client, alice), {"question": "Where does Quire run?"})
    run = await run_db(Run.objects.get)
    assert (response.status_code, response.json()["run_id"]) == (504, str(run.pk))
    assert run.state == "accepted"


async def test_a_source_that_is_gone_names_nothing(api_client, alice, alice_reader, stage, agents):
    from apps.chat.selectors.answers import get_answer
    from apps.documents.models import Document

    stage.passages = await run_db(shelve, alice_reader, "Quire runs on Linux.")
    stage.answers = [["Quire runs on Linux. [1]"]]
    response = await post(await run_db(api_client, alice), {"question": "Where does Quire run?"})
    await run_db(lambda: Document.objects.all().delete())
    answer = await run_db(get_answer, alice_reader, response.json()["run_id"])
    assert answer["sources"] == [{"document": None, "title": "Source no longer available", "page": None, "place": "", "quote": None, "url": None}]
