"""/api/v1/runs: asking without waiting, what became of it, its log page by page, stopping and trying again."""

from uuid import uuid4

import pytest
from django.utils import timezone

from apps.accounts.services.keys import make_key
from apps.chat.errors import RunTimedOut
from apps.chat.models import Message, Run
from apps.chat.selectors import runs as run_selectors
from apps.documents.models import Collection
from apps.gateway.errors import ProviderUnavailable

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/v1/runs"
QUESTION = {"question": "Where does Quire run?"}


@pytest.fixture
def api(client_for, alice, acme):
    return client_for(alice)


def post(client, address=URL, body=None, **headers):
    return client.post(address, body or {}, content_type="application/json", headers=headers)


def of(run, part=""):
    return f"{URL}/{run.pk}{part}"


def test_a_question_is_kept_and_its_run_told_at_once(api, stage):
    response = post(api, body=QUESTION)
    run, body = Run.objects.get(), response.json()
    assert response.status_code == 202
    assert body == {
        "id": str(run.pk),
        "state": "accepted",
        "stage": "",
        "attempt": 0,
        "conversation": str(run.conversation_id),
        "message": str(run.answer_id),
        "collection": None,
        "model": None,
        "error": None,
        "created_at": run.created_at.isoformat(),
        "started_at": None,
        "finished_at": None,
        "cancel_requested_at": None,
        "events": f"/api/v1/runs/{run.pk}/events",
    }


def test_the_same_idempotency_key_gives_the_same_run_also_once_it_is_over(api, stage, shelf, carry_out):
    headers = {"Idempotency-Key": "k-1"}
    first = post(api, body=QUESTION, **headers)
    stage.answers = [["Quire runs on Linux. [1]"]]
    carry_out()
    second = post(api, body=QUESTION, **headers)
    assert (first.json()["id"], first.json()["state"]) == (second.json()["id"], "accepted")
    assert (second.status_code, second.json()["state"], second["Idempotency-Replayed"]) == (202, "completed", "true")
    assert Run.objects.count() == 1
    assert Message.objects.count() == 2


def test_a_finished_run_has_its_answer_with_sources_as_query_gives_it(api, answered):
    body = api.get(of(answered)).json()
    assert (body["state"], body["answer"], body["error"]) == ("completed", "Quire runs on Linux. [1]", None)
    [source] = body["sources"]
    assert (source["title"], source["place"], source["quote"]) == ("Handbook", "page 3", "Quire runs on Linux.")
    assert body["latency_ms"] >= 0
    assert body["model"]
    assert body["finished_at"]


def test_a_failed_run_says_why_and_has_no_answer(api, run, stage, shelf, carry_out):
    stage.answers = [[ProviderUnavailable("The model does not answer.")]]
    carry_out()
    body = api.get(of(run)).json()
    assert (body["state"], body["error"]) == ("failed", {"code": "provider_unavailable", "detail": "The model does not answer."})
    assert "answer" not in body


def test_a_follow_up_names_its_conversation_and_a_question_its_collection(api, acme, answered):
    shelf = Collection.objects.create(workspace=acme, name="Shelf", slug="shelf", everyone="read")
    body = post(api, body={**QUESTION, "conversation": str(answered.conversation_id), "collection": str(shelf.pk)}).json()
    assert (body["conversation"], body["collection"]) == (str(answered.conversation_id), str(shelf.pk))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"question": ""}, 422),
        ({"question": 5}, 422),
        ({"question": "x" * 100_000}, 422),
        ({**QUESTION, "conversation": "no id"}, 422),
        ({**QUESTION, "conversation": str(uuid4())}, 404),
        ({**QUESTION, "collection": str(uuid4())}, 404),
        ({**QUESTION, "collection": "no id"}, 422),
    ],
)
def test_what_is_no_question_is_a_problem_and_keeps_nothing(api, acme, body, status):
    response = post(api, body=body)
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    assert not Run.objects.exists()


@pytest.mark.parametrize("part", ["", "/events", "/cancel", "/retry"])
@pytest.mark.parametrize("who", ["teammate", "stranger", "absent"])
def test_a_run_of_somebody_else_and_one_that_is_not_there_look_the_same(client_for, alice, bob, charlie, other, run, part, who):
    client = client_for({"teammate": bob, "stranger": charlie, "absent": alice}[who])
    address = f"{URL}/{uuid4()}{part}" if who == "absent" else of(run, part)
    response = post(client, address) if part in ("/cancel", "/retry") else client.get(address)
    assert response.status_code == 404
    assert response.json()["detail"] == "It does not exist, or you may not see it."


# --- the log, page by page


def test_polling_reads_the_log_from_a_number_on(api, run, stage, shelf, carry_out):
    assert api.get(of(run, "/events")).json() == {"events": [], "next": 0, "is_over": False}
    stage.answers = [["Quire runs on Linux. [1]"]]
    carry_out()
    body = api.get(of(run, "/events")).json()
    types = [event["type"] for event in body["events"]]
    assert (types[0], types[-1]) == ("run.started", "run.completed")
    assert "".join(event["text"] for event in body["events"] if event["type"] == "text.delta") == "Quire runs on Linux. [1]"
    assert (body["next"], body["is_over"]) == (body["events"][-1]["seq"], True)
    assert api.get(of(run, f"/events?after={body['next']}")).json() == {"events": [], "next": body["next"], "is_over": True}
    second = body["events"][1]["seq"]
    assert [event["seq"] for event in api.get(of(run, f"/events?after={second}")).json()["events"]] == [event["seq"] for event in body["events"][2:]]


def test_a_page_that_is_not_the_last_one_says_so(api, answered, monkeypatch):
    monkeypatch.setattr(run_selectors, "PAGE_OF_EVENTS", 2)
    first = api.get(of(answered, "/events")).json()
    assert (len(first["events"]), first["is_over"]) == (2, False)


def test_of_a_run_that_is_long_over_only_the_ending_is_told(api, answered):
    Run.objects.update(finished_at=timezone.now() - timezone.timedelta(minutes=1))
    body = api.get(of(answered, "/events")).json()
    assert ([event["type"] for event in body["events"]], body["is_over"]) == (["run.completed"], True)


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "²", "9" * 30, str(2**62 + 1)])
def test_a_number_that_is_none_is_a_problem(api, run, after):
    assert api.get(of(run, "/events"), {"after": after}).status_code == 400


# --- stopping and trying again


def test_a_run_that_waits_is_stopped_once_and_for_all(api, run):
    first, second = post(api, of(run, "/cancel")), post(api, of(run, "/cancel"))
    assert [(one.status_code, one.json()["state"]) for one in (first, second)] == [(200, "cancelled")] * 2
    assert api.get(of(run, "/events")).json()["is_over"]


def test_a_run_that_has_ended_stays_as_it_is(api, answered):
    response = post(api, of(answered, "/cancel"), **{"Idempotency-Key": "k-1"})
    repeat = post(api, of(answered, "/cancel"), **{"Idempotency-Key": "k-1"})
    assert (response.json()["state"], response.json()) == ("completed", repeat.json())
    assert repeat["Idempotency-Replayed"] == "true"


def test_a_run_that_is_going_is_told_to_stop(api, run):
    Run.objects.update(state="running", lease_until=timezone.now())
    body = post(api, of(run, "/cancel")).json()
    assert body["state"] == "running"
    assert body["cancel_requested_at"]


def test_a_failed_run_is_tried_again_as_another_one_and_only_once(api, run, stage, shelf, carry_out):
    stage.answers = [[RunTimedOut("Too long.")]]
    carry_out()
    first, second = post(api, of(run, "/retry")), post(api, of(run, "/retry"))
    assert (first.status_code, first.json()["state"], first.json()["message"]) == (202, "accepted", str(run.answer_id))
    assert first.json()["id"] == second.json()["id"] != str(run.pk)


def test_an_answered_question_is_not_tried_again(api, answered):
    response = post(api, of(answered, "/retry"))
    assert (response.status_code, response.json()["code"]) == (409, "already_answered")


@pytest.mark.parametrize(
    ("scopes", "part", "missing"),
    [
        (["document.view"], "", None),
        (["document.view"], "/events", None),
        (["document.view"], "/cancel", "chat.ask"),
        (["chat.ask"], "", "document.view"),
        (["chat.ask"], "/events", "document.view"),
        (["chat.ask"], "/cancel", None),
        (["chat.ask"], "/retry", "document.view"),
    ],
)
def test_a_key_needs_the_right_of_each_door(client, alice_reader, answered, scopes, part, missing):
    _, text = make_key(alice_reader, name="Bot", scopes=scopes)
    headers = {"Authorization": f"Bearer {text}"}
    response = post(client, of(answered, part), **headers) if part in ("/cancel", "/retry") else client.get(of(answered, part), headers=headers)
    assert (response.status_code, response.json().get("right")) == ((403, missing) if missing else (200, None))
