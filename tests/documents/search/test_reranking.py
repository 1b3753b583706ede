"""A reranking model behind a search: over real HTTP, as a stage after all others."""

import pytest
from asgiref.sync import async_to_sync

from apps.accounts.models import Group, GroupMember, Membership, Role
from apps.accounts.selectors.readers import get_reader
from apps.documents import search as documents_search
from apps.documents.models import DocumentGrant
from apps.documents.search import Mode
from apps.documents.search.fusion import Fused
from apps.documents.search.ranking import Ranking
from apps.documents.search.reranking import add_scores
from tests.fakes.scripts import Status, Wait

SEWING = "Sew the quires on linen cords with waxed thread."
PRESS = "Press the book between boards overnight, the thread inside."
QUESTION = "waxed thread on linen cords"


@pytest.fixture
def find():
    return async_to_sync(documents_search.search)


@pytest.fixture
def shelf(alice_reader, make_document):
    return {name: make_document(alice_reader, text, f"{name}.txt") for name, text in {"sewing": SEWING, "press": PRESS}.items()}


def asked_texts(server):
    return [request.body["documents"] for request in server.requests]


def judging(*scores):
    return [Status(200, {"results": [{"index": index, "relevance_score": score} for index, score in enumerate(scores)]})]


def favouring(server, name):
    """Script an answer that gives the passage of this title 1 and the other 0, whichever way round they are sent."""

    def answer():
        [texts] = asked_texts(server)
        return judging(*[float(text.startswith(name)) for text in texts])

    server.next_reply = answer


def titles(hits):
    return [hit.title for hit in hits]


@pytest.mark.django_db(transaction=True)
def test_the_page_says_what_the_model_judged(alice, shelf, client_for, fake_rerank, settings):
    settings.QUIRE_RERANK = "http"
    favouring(fake_rerank, "press")
    page = client_for(alice).get("/w/acme/search/", {"q": QUESTION})
    assert "<dt>Reranking</dt><dd>rank 1, 100 % of the best</dd>" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_judged_while_somebody_types(alice, shelf, client_for, fake_rerank, settings):
    settings.QUIRE_RERANK = "http"
    page = client_for(alice).get("/w/acme/search/", {"q": QUESTION}, headers={"HX-Request": "true", "X-Quire-Typing": "1"})
    assert page.status_code == 200
    assert "sewing" in page.content.decode()
    assert asked_texts(fake_rerank) == []


@pytest.mark.django_db(transaction=True)
def test_what_the_model_judges_better_comes_first(alice_reader, shelf, find, fake_rerank, settings):
    settings.QUIRE_RERANK = "none"
    assert titles(find(alice_reader, QUESTION)) == ["sewing", "press"]
    settings.QUIRE_RERANK = "http"
    favouring(fake_rerank, "press")
    hits = find(alice_reader, QUESTION)
    assert titles(hits) == ["press", "sewing"]
    assert [hit.explanation["rerank"] for hit in hits] == [{"rank": 1, "score": 1.0}, {"rank": 2, "score": 0.0}]
    assert [set(hit.explanation) for hit in hits] == [{"words", "meaning", "rerank", "terms"}] * 2
    assert 1 >= hits[0].score > 0.5 > hits[1].score
    assert fake_rerank.requests[0].body["query"] == QUESTION
    assert sorted(asked_texts(fake_rerank)[0]) == [f"press\n{PRESS}", f"sewing\n{SEWING}"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("reply", "code"), [([Status(429)], "provider_busy"), ([Status(200, {"results": []})], "provider_refused"), ([Status(503)], "provider_unavailable")]
)
def test_a_model_that_fails_costs_the_reranking_and_not_the_search(alice_reader, shelf, find, fake_rerank, caplog, reply, code):
    fake_rerank.enqueue(reply)
    hits = find(alice_reader, QUESTION)
    assert titles(hits) == ["sewing", "press"]
    assert "rerank" not in hits[0].explanation
    [record] = [record for record in caplog.records if record.message == "search.without_reranking"]
    assert record.code == code
    assert QUESTION not in str(vars(record))


@pytest.mark.django_db(transaction=True)
def test_a_model_that_is_silent_costs_its_time_limit(alice_reader, shelf, find, fake_rerank, monkeypatch):
    monkeypatch.setattr("apps.gateway.naming.RERANK_SECONDS", 0.05)
    fake_rerank.enqueue([Wait("never"), Status(200)])
    assert titles(find(alice_reader, QUESTION)) == ["sewing", "press"]


@pytest.mark.django_db(transaction=True)
def test_only_what_the_reader_sees_is_sent(alice_reader, bob_reader, shelf, make_document, find, fake_rerank):
    make_document(alice_reader, f"{SEWING} A secret.", "hidden.txt", access="restricted")
    favouring(fake_rerank, "press")
    assert titles(find(bob_reader, QUESTION)) == ["press", "sewing"]
    assert "secret" not in str(asked_texts(fake_rerank))


def leaves(alice, bob):
    Membership.objects.filter(user=bob).delete()


def loses_the_role(alice, bob):
    role = Role.objects.create(workspace=Membership.objects.get(user=alice).workspace, name="none", permissions=["chat.ask"])
    Membership.objects.filter(user=bob).update(role="custom", custom_role=role)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lose", [leaves, loses_the_role])
def test_who_loses_the_right_while_the_model_judges_finds_nothing(alice, bob, bob_reader, shelf, find, fake_rerank, lose):
    def answer():
        lose(alice, bob)
        return judging(1.0, 0.5)

    fake_rerank.next_reply = answer
    assert find(bob_reader, QUESTION) == []
    assert len(fake_rerank.requests) == 1


@pytest.mark.django_db(transaction=True)
def test_who_leaves_a_group_while_the_model_judges_finds_no_more_by_it(alice, bob, alice_reader, acme, make_document, find, fake_rerank):
    group = Group.objects.create(workspace=acme, name="Binders")
    member = GroupMember.objects.create(membership=Membership.objects.get(user=bob, workspace=acme), group=group)
    hidden = make_document(alice_reader, SEWING, "hidden.txt", access="restricted")
    DocumentGrant.objects.create(document=hidden, group=group)
    make_document(alice_reader, PRESS, "press.txt")
    reader = get_reader(bob, acme.slug)
    assert sorted(titles(find(reader, QUESTION))) == ["hidden", "press"]

    def answer():
        member.delete()
        return judging(1.0, 0.5)

    fake_rerank.next_reply = answer
    assert titles(find(reader, QUESTION)) == ["press"]


@pytest.mark.django_db(transaction=True)
def test_who_finds_nothing_asks_no_model(shelf, charlie_reader, find, fake_rerank):
    assert find(charlie_reader, QUESTION) == []
    assert fake_rerank.requests == []


@pytest.mark.django_db(transaction=True)
def test_a_stage_by_itself_is_not_reranked(alice_reader, shelf, find, fake_rerank):
    assert [titles(find(alice_reader, QUESTION, mode=mode)) for mode in (Mode.BM25, Mode.DENSE, Mode.HYBRID)] == [["sewing", "press"]] * 3
    assert fake_rerank.requests == []


def test_only_the_best_are_judged_and_the_others_stay_behind():
    ranking = Ranking([Fused(1, 0.6), Fused(2, 0.5), Fused(3, 0.4)], {"words": {1: (1, 1.0)}})
    judged = add_scores(ranking, {1: 0.1, 2: 0.3}, 1.0)
    assert [(one.passage_id, one.score) for one in judged.order] == [(2, pytest.approx(0.4)), (1, pytest.approx(0.35)), (3, pytest.approx(0.2))]
    assert judged.explain(3) == {"words": None, "rerank": None}
    assert judged.explain(2) == {"words": None, "rerank": {"rank": 1, "score": 1.0}}
