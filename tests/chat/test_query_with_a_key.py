"""Asking with an API key: what it needs, whose run it is, and what becomes of it when rights go while it is on its way."""

import asyncio

import pytest
from django.test import AsyncClient
from django.utils import timezone

from apps.accounts.models import ApiKey, Membership, User
from apps.accounts.services.keys import make_key
from apps.chat.models import Run
from apps.chat.selectors.briefs import get_run_brief
from apps.chat.services.asking import ask_question, retry_run
from apps.common.db import run_db
from tests.chat.stage import finally_true

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/v1/query"
SCOPES = ["chat.ask", "document.view"]
QUESTION = {"question": "Where does Quire run?"}


@pytest.fixture
def make_text(alice_reader):
    async def make(scopes=SCOPES):
        _, text = await run_db(lambda: make_key(alice_reader, name="Bot", scopes=scopes))
        return text

    return make


async def ask(text):
    headers = {"Authorization": f"Bearer {text}"}
    return await AsyncClient(enforce_csrf_checks=True).post(URL, QUESTION, content_type="application/json", headers=headers)


async def asked_then(text, stage, change):
    """Ask, change something while the question waits, then let it be answered."""
    asking = asyncio.create_task(ask(text))
    await finally_true(Run.objects.exists)
    await run_db(change)
    await stage.carry_out()
    return await asking


async def test_a_key_is_answered_and_the_run_is_its(make_text, stage, shelf):
    text = await make_text()
    stage.answers = [["Quire runs on Linux. [1]"]]
    response = await asked_then(text, stage, lambda: None)
    assert (response.status_code, response.json()["answer"]) == (200, "Quire runs on Linux. [1]")
    assert response["Cache-Control"] == "private, no-store"
    run = await run_db(Run.objects.get)
    assert run.api_key_id == await run_db(lambda: ApiKey.objects.get().pk)
    assert stage.readers[0].api_key_id == run.api_key_id


@pytest.mark.parametrize(
    ("scopes", "missing"),
    [(["document.add"], "chat.ask, document.view"), (["chat.ask"], "document.view"), (["document.view"], "chat.ask")],
)
async def test_asking_needs_both_rights_and_names_what_is_missing(make_text, acme, scopes, missing):
    response = await ask(await make_text(scopes))
    assert (response.status_code, response.json()["right"]) == (403, missing)
    assert not await run_db(Run.objects.exists)


async def test_a_wrong_key_asks_nothing(make_text):
    response = await ask((await make_text())[:-1])
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
    assert not await run_db(Run.objects.exists)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda: ApiKey.objects.update(revoked_at=timezone.now()), 401),
        (lambda: User.objects.update(is_active=False), 401),
        (lambda: ApiKey.objects.update(scopes=["chat.ask"]), 403),
        (lambda: Membership.objects.all().delete(), 401),
    ],
    ids=["key revoked", "person switched off", "scope taken", "left"],
)
async def test_what_goes_while_the_key_waits_takes_the_answer_along(make_text, stage, shelf, change, status):
    stage.answers = [["Quire runs on Linux. [1]"]]
    response = await asked_then(await make_text(), stage, change)
    assert response.status_code == status
    assert "Linux" not in response.content.decode()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda: User.objects.update(is_active=False), 401),
        (lambda: User.objects.get().set_password("x") or User.objects.update(password="x"), 401),
        (lambda: Membership.objects.all().delete(), 404),
        (lambda: Membership.objects.update(role="custom", custom_role=_empty_role()), 403),
    ],
    ids=["person switched off", "new password", "left", "right taken"],
)
async def test_what_goes_while_a_session_waits_takes_the_answer_along(make_user, stage, change, status):
    from apps.accounts.services.people import create_workspace

    alice = await run_db(make_user, "alice")
    await run_db(lambda: create_workspace(name="Acme", owner=alice))
    client = AsyncClient()
    await run_db(client.force_login, alice)
    stage.answers = [["Not in the documents."]]
    asking = asyncio.create_task(client.post(URL, QUESTION, content_type="application/json"))
    await finally_true(Run.objects.exists)
    await run_db(change)
    await stage.carry_out()
    response = await asking
    assert response.status_code == status
    assert "documents." not in response.content.decode()


def _empty_role():
    from apps.accounts.models import Role, Workspace

    return Role.objects.create(workspace=Workspace.objects.get(), name="Nothing", permissions=[])


@pytest.fixture
def key_run(alice_reader):
    from apps.accounts.selectors.readers import get_reader_of_key

    key, _ = make_key(alice_reader, name="Bot", scopes=SCOPES)
    return ask_question(get_reader_of_key(key.pk), text="Where does Quire run?")


def test_a_run_reads_as_the_key_that_asked(key_run):
    reader = get_run_brief(key_run.pk).reader
    assert (reader.api_key_id, reader.permissions) == (key_run.api_key_id, frozenset(SCOPES))


@pytest.mark.parametrize(
    "change",
    [
        lambda: ApiKey.objects.update(revoked_at=timezone.now()),
        lambda: ApiKey.objects.update(owner=User.objects.get(email="bob@example.org")),
    ],
    ids=["revoked", "somebody else's"],
)
def test_a_run_whose_key_ended_fails_and_says_why(key_run, carry_out, change):
    change()
    carry_out()
    key_run.refresh_from_db()
    assert (key_run.state, key_run.error_code) == ("failed", "rights_changed")


def test_a_retry_is_whose_it_is(key_run, carry_out, alice_reader):
    ApiKey.objects.update(revoked_at=timezone.now())
    carry_out()
    assert retry_run(alice_reader, key_run.pk).api_key_id is None
