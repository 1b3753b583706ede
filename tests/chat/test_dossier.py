"""How an answer was made: seen by whoever asked, and by nobody else."""

import json
from decimal import Decimal
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync

from apps.chat.models import Run
from apps.chat.services.asking import retry_run
from apps.documents.models import Document
from apps.gateway.models import QueryLog
from apps.gateway.services import complete
from tests.chat.stage import Stage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(client_for, alice, address, answered):
    return client_for(alice).get(address("run-dossier", answered.pk))


@pytest.fixture
def told_of(client_for, alice, address):
    return lambda run: json.loads(client_for(alice).get(address("run-dossier", run.pk), {"format": "json"}).content)


@pytest.fixture
def told(told_of, answered):
    return lambda: told_of(answered)


def test_a_finished_answer_leads_to_how_it_was_made(client_for, alice, address, answered):
    text = client_for(alice).get(address("conversation", answered.conversation_id)).text
    assert f'href="{address("run-dossier", answered.pk)}"' in text


def test_the_page_tells_what_was_found_and_what_each_sentence_rests_on(page):
    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store"
    dossier = page.context["dossier"]
    assert [(one.text, one.verdict, one.by_text) for one in dossier.sentences] == [("Quire runs on Linux.", "Supported", "by its words")]
    assert [(one.rank, one.title, one.place, one.fate_text) for one in dossier.passages] == [
        (1, "Handbook", "page 3", "Cited"),
        (2, "Handbook", "page 3", "Read, not cited"),
    ]
    assert dossier.queries == ("Where does Quire run?",)
    assert [one.title for one in dossier.steps] == ["Understand the question", "Search the library", "Write the answer", "Check the sources"]
    assert "None that the log still holds." in page.text


def test_json_holds_the_same(told, answered):
    dossier = told()
    assert dossier["run_id"] == str(answered.pk)
    assert dossier["sentences"] == [{"text": "Quire runs on Linux.", "support": "supported", "score": 1.0, "by": "words", "sources": [1]}]
    assert dossier["prompts"] == ["answer.v1"]
    assert dossier["attempt_count"] == 1
    assert dossier["took_ms"] >= 0
    assert "state_text" not in dossier


def test_json_is_a_file_of_its_own(client_for, alice, address, answered):
    response = client_for(alice).get(address("run-dossier", answered.pk), {"format": "json"})
    assert response["Content-Type"] == "application/json"
    assert response["Content-Disposition"] == f'attachment; filename="answer-{answered.pk}.json"'


def test_a_stranger_a_teammate_and_an_operator_see_what_is_not_there(client_for, bob, charlie, root, address, answered):
    for user in (bob, charlie, root):
        client = client_for(user)
        theirs, nothing = (client.get(address("run-dossier", pk)) for pk in (answered.pk, uuid4()))
        assert theirs.status_code == nothing.status_code == 404


def test_passages_that_the_asker_may_not_see_any_more_are_only_counted(told, client_for, alice, bob, address, answered, shelf):
    Document.objects.filter(pk=shelf[0].version.document_id).update(owner=bob, access="restricted")
    dossier = told()
    assert (dossier["passages"], dossier["hidden_passage_count"]) == ([], 2)
    page = client_for(alice).get(address("run-dossier", answered.pk)).text
    assert "2 passages that are gone, or no longer open to you." in page
    assert "Handbook" not in page


def log_call(run, **fields):
    own = {"user_id": run.conversation.owner_id, "workspace_id": run.conversation.workspace_id, "run_id": run.pk, "purpose": "chat", "kind": "chat"}
    return QueryLog.objects.create(**{"call_id": uuid4(), "latency_ms": 1200, "outcome": "answered", **own, **fields})


def test_its_calls_tell_tokens_money_cache_and_guards(told, answered, client_for, alice, address):
    guards = {"personal_data.email": {"count": 2, "action": "mask"}}
    log_call(answered, model="gpt", input_tokens=1000, output_tokens=50, money=Decimal("0.25"), cache="exact", guards=guards, attempt_count=2)
    log_call(answered, model="gpt", purpose="verify", prompt_version="verify.v1", input_tokens=100, output_tokens=5)
    dossier = told()
    assert (dossier["input_tokens"], dossier["output_tokens"], Decimal(dossier["money"])) == (1100, 55, Decimal("0.25"))
    assert [(one["purpose"], one["prompt_version"], one["cache"], one["attempt_count"]) for one in dossier["calls"]] == [
        ("chat", "", "exact", 2),
        ("verify", "verify.v1", "", 0),
    ]
    page = client_for(alice).get(address("run-dossier", answered.pk)).text
    assert "personal data: email × 2" in page
    assert "same question" in page


def test_calls_of_somebody_else_or_of_another_run_are_not_told(told, answered, bob):
    log_call(answered, user_id=bob.pk)
    log_call(answered, run_id=uuid4())
    log_call(answered, run_id=None)
    assert told()["calls"] == []


def test_a_run_that_is_not_over_says_so(client_for, alice, address, run):
    response = client_for(alice).get(address("run-dossier", run.pk))
    assert response.status_code == 200
    assert "still being written" in response.text


def test_words_of_another_try_are_not_taken_for_those_that_were_checked(told, answered, alice_reader):
    Run.objects.filter(pk=answered.pk).update(state="failed", error_code="internal")
    retry_run(alice_reader, answered.pk)
    dossier = told()
    assert (dossier["state"], dossier["error_code"]) == ("failed", "internal")
    assert [one["text"] for one in dossier["sentences"]] == [""]


def test_the_trace_of_an_earlier_version_is_still_told(told, answered):
    trace = {"query": "Where?", "passages": [], "sentences": [{"start": 0, "end": 20, "numbers": [1], "support": "weak"}]}
    Run.objects.filter(pk=answered.pk).update(trace=trace)
    dossier = told()
    assert dossier["queries"] == ["Where?"]
    assert dossier["sentences"][0]["score"] is None


def test_no_text_of_a_document_is_in_the_stored_trace(answered):
    assert "Linux" not in str(answered.trace)


def test_a_connected_model_is_asked_about_what_is_in_doubt_and_the_call_is_told(run, shelf, fake_llm, monkeypatch, told_of):
    fake_llm.enqueue(["It wants some Python version. [1]"], ['{"verdicts": ["supported"]}'])
    stage = Stage(passages=shelf)
    monkeypatch.setattr("apps.chat.tools.search.search", stage.search)
    monkeypatch.setattr("apps.chat.tools.complete.complete", complete)
    async_to_sync(stage.carry_out)()
    dossier = told_of(run)
    assert [(one["support"], one["by"]) for one in dossier["sentences"]] == [("supported", "judge")]
    assert [(one["purpose"], one["prompt_version"], one["outcome"]) for one in dossier["calls"]] == [
        ("chat", "answer.v1+tools.v1", "answered"),
        ("verify", "verify.v1", "answered"),
    ]
    assert dossier["prompts"] == ["answer.v1", "tools.v1", "verify.v1"]
    assert "(cites passage 1)" in str(fake_llm.requests[1].body["messages"])
