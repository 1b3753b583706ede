"""Other wordings of a question, by a scripted language model over real HTTP."""

import json

import pytest
from asgiref.sync import async_to_sync

from apps.accounts.models import Membership
from apps.documents import search as documents_search
from apps.documents.search import Mode, paraphrases
from apps.documents.search.fusion import Fused
from apps.documents.search.ranking import Ranking, put_together
from apps.gateway.errors import ProviderUnavailable
from tests.fakes.scripts import Status, Wait

SEWING = "Sew the quires on linen cords with waxed thread."
GLUE = "Glue the spine with wheat paste."
QUESTION = "How is the back stuck together with spine stuff?"


@pytest.fixture
def find():
    return async_to_sync(documents_search.search)


@pytest.fixture
def shelf(alice_reader, make_document):
    return {name: make_document(alice_reader, text, f"{name}.txt") for name, text in {"sewing": SEWING, "glue": GLUE}.items()}


@pytest.fixture
def wordings(fake_llm, settings, monkeypatch):
    """A language model that is asked for two other wordings, with the time that a busy machine needs."""
    monkeypatch.setattr(paraphrases, "SECONDS", 60.0)
    settings.QUIRE_SEARCH_PARAPHRASES = 2
    return fake_llm


def saying(*found):
    return [json.dumps({"paraphrases": list(found)})]


def titles(hits):
    return [hit.title for hit in hits]


@pytest.mark.django_db(transaction=True)
def test_another_wording_finds_what_the_question_did_not_say(alice_reader, shelf, find, wordings):
    wordings.enqueue(saying("linen cords", "waxed thread"))
    hits = find(alice_reader, "What holds a book?")
    assert titles(hits)[0] == "sewing"
    assert hits[0].explanation["paraphrases"] == {"rank": 1, "score": 1.0}
    [request] = wordings.requests
    assert "2 other wordings" in request.body["messages"][0]["content"]
    assert request.body["messages"][1]["content"] == "What holds a book?"


@pytest.mark.django_db(transaction=True)
def test_wordings_find_only_what_the_reader_sees(alice_reader, bob_reader, shelf, make_document, find, wordings):
    make_document(alice_reader, "Waxed thread is a secret.", "hidden.txt", access="restricted")
    wordings.enqueue(saying("waxed thread secret"))
    assert "hidden" not in titles(find(bob_reader, QUESTION))


@pytest.mark.django_db(transaction=True)
def test_marks_narrow_the_other_wordings_too(alice_reader, shelf, wordings):
    wordings.enqueue(saying("waxed thread"))
    found = async_to_sync(documents_search.search_marked)(alice_reader, "spine title:glue").hits
    assert titles(found) == ["glue"]


@pytest.mark.django_db(transaction=True)
def test_who_sees_nothing_finds_nothing_in_other_words(shelf, charlie_reader, find, wordings):
    wordings.enqueue(saying("waxed thread"))
    assert find(charlie_reader, QUESTION) == []


@pytest.mark.django_db(transaction=True)
def test_who_leaves_while_the_model_rewords_finds_nothing(bob, bob_reader, shelf, find, wordings):
    def answer():
        Membership.objects.filter(user=bob).delete()
        return saying("waxed thread")

    wordings.next_reply = answer
    assert find(bob_reader, QUESTION) == []
    assert len(wordings.requests) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "reply",
    [
        [Status(401)],
        ["I would ask it like this."],
        ['{"paraphrases": "one"}'],
        ['{"paraphrases": [1, 2]}'],
        [json.dumps({"paraphrases": ["x" * 301]})],
        ["x" * 1000, Wait("never")],
    ],
)
def test_wordings_that_fail_cost_only_themselves(alice_reader, shelf, find, wordings, caplog, reply):
    wordings.enqueue(reply)
    hits = find(alice_reader, QUESTION)
    assert titles(hits)[0] == "glue"
    assert "paraphrases" not in hits[0].explanation
    [record] = [record for record in caplog.records if record.message == "search.without_paraphrases"]
    assert record.code in {"provider_refused", "provider_error"}
    assert QUESTION not in str(vars(record))


@pytest.mark.django_db(transaction=True)
def test_a_silent_model_costs_its_time_limit(alice_reader, shelf, find, wordings, monkeypatch, caplog):
    monkeypatch.setattr(paraphrases, "SECONDS", 0.05)
    wordings.enqueue([Wait("never")])
    assert titles(find(alice_reader, QUESTION))[0] == "glue"
    assert [record.code for record in caplog.records if record.message == "search.without_paraphrases"] == ["provider_timed_out"]


@pytest.mark.django_db(transaction=True)
def test_without_the_embedder_the_question_alone_is_searched_for(alice_reader, shelf, find, wordings, monkeypatch):
    async def down(principal, texts):
        raise ProviderUnavailable

    monkeypatch.setattr(paraphrases, "embed", down)
    wordings.enqueue(saying("linen cords"))
    assert titles(find(alice_reader, QUESTION))[0] == "glue"


@pytest.mark.django_db(transaction=True)
def test_a_model_that_only_repeats_the_question_changes_nothing(alice_reader, shelf, find, wordings, settings):
    wordings.enqueue(saying(QUESTION, "  "))
    repeated = find(alice_reader, QUESTION)
    settings.QUIRE_SEARCH_PARAPHRASES = 0
    assert repeated == find(alice_reader, QUESTION)
    assert len(wordings.requests) == 1


@pytest.mark.django_db(transaction=True)
def test_a_stage_by_itself_is_not_reworded_and_the_model_that_quotes_is_not_asked(alice_reader, shelf, find, wordings, settings):
    stages = (Mode.BM25, Mode.DENSE, Mode.HYBRID)
    assert [titles(find(alice_reader, QUESTION, mode=mode))[0] for mode in stages] == ["glue"] * 3
    settings.QUIRE_LLM_BASE_URL = ""
    assert titles(find(alice_reader, QUESTION))[0] == "glue"
    assert wordings.requests == []


def test_the_question_counts_half_and_all_other_wordings_the_other_half():
    own, others = Ranking([Fused(1, 0.8), Fused(2, 0.2)]), [Ranking([Fused(2, 0.6), Fused(3, 0.4)]), Ranking([Fused(2, 0.2)])]
    found = put_together(own, others)
    assert [(one.passage_id, one.score) for one in found.order] == [(1, pytest.approx(0.4)), (2, pytest.approx(0.3)), (3, pytest.approx(0.1))]
    assert found.explain(3) == {"paraphrases": {"rank": 2, "score": 0.5}}
    assert found.explain(1) == {"paraphrases": None}
