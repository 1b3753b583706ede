"""`POST /api/v1/search`."""

import pytest

from apps.accounts.services.keys import make_key
from apps.documents.models import Document, PassageTerms

# The search runs its queries in connections of its own.
pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "/api/v1/search"
SEWING = "Sew the quires on linen cords with waxed thread."


@pytest.fixture
def shelf(alice_reader, make_document):
    texts = {"sewing": SEWING, "press": "Press the book between boards overnight.", "secret": "The waxed thread that nobody knows of."}
    return {name: make_document(alice_reader, text, f"{name}.txt", access="restricted" if name == "secret" else None) for name, text in texts.items()}


@pytest.fixture
def ask(client_for, shelf):
    def send(user, body, **headers):
        return client_for(user).post(ADDRESS, body, content_type="application/json", headers=headers)

    return send


def found(response):
    return [one["document"]["title"] for one in response.json()["results"]]


def test_a_hit_is_told_with_its_passage_its_place_and_why(ask, alice, shelf):
    answer = ask(alice, {"query": "waxed thread for sewing quires", "limit": 1})
    assert answer.status_code == 200
    body = answer.json()
    (hit,) = body["results"]
    assert (body["has_more"], body["without_meaning"]) == (True, False)
    assert hit["document"] | {"updated_at": ""} == {"id": str(shelf["sewing"].pk), "title": "sewing", "kind": "text", "updated_at": ""}
    passage = hit["passage"]
    assert (passage["text"], passage["start"], passage["end"], passage["page"]) == (SEWING, 0, len(SEWING), None)
    assert passage["url"].startswith(f"/w/acme/library/{shelf['sewing'].pk}/")
    assert hit["explanation"]["words"]["rank"] == 1
    assert set(hit) == {"document", "passage", "score", "explanation", "alike", "neighbours"}


def test_it_is_narrowed_by_filters_and_by_marks(ask, alice, shelf):
    Document.objects.filter(pk=shelf["press"].pk).update(tags=["craft"])
    one = {"documents": [str(shelf["press"].pk)]}
    assert found(ask(alice, {"query": "thread", "filters": one})) == ["press"]
    assert found(ask(alice, {"filters": {"tags": [" Craft"]}})) == ["press"]
    assert found(ask(alice, {"query": "title:sewing"})) == ["sewing"]
    assert found(ask(alice, {"query": "thread", "filters": {"kinds": ["pdf"]}})) == []
    assert found(ask(alice, {"query": "thread", "filters": {"access": ["restricted"], "since": "2020-01-01"}, "sort": "date"})) == ["secret"]
    assert found(ask(alice, {"query": "thread", "filters": {"before": "2020-01-01"}})) == []


def test_a_variety_is_asked_for_as_its_language(ask, alice, shelf):
    PassageTerms.objects.update(language="no")
    assert found(ask(alice, {"filters": {"languages": ["nn"]}})) == found(ask(alice, {"query": "language:nn"})) != []
    refused = [ask(alice, {"filters": {"languages": [code]}}).status_code for code in ("klingon", ["no"])]
    assert refused == [422, 422]


def test_a_document_that_is_hidden_foreign_or_absent_is_found_by_no_filter(ask, bob, shelf):
    hidden, absent = str(shelf["secret"].pk), "00000000-0000-0000-0000-000000000000"
    answers = [ask(bob, {"query": "waxed thread", "filters": {"documents": [one]}}).json() for one in (hidden, absent)]
    assert answers[0] == answers[1]
    assert answers[0]["results"] == []
    assert found(ask(bob, {"query": "waxed thread"})) == ["sewing", "press"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": ""},
        {"query": "x" * 3000},
        {"query": "x", "limit": 0},
        {"query": "x", "limit": 101},
        {"query": "x", "sort": "price"},
        {"query": "x", "filters": {"kinds": ["potato"]}},
        {"query": "x", "filters": {"documents": ["potato"]}},
        {"query": "x", "filters": {"documents": []}},
        {"query": "x", "filters": {"since": "yesterday"}},
        {"query": ["x"]},
        {"query": "x", "filters": "none"},
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_field(ask, alice, body):
    answer = ask(alice, body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"


def test_a_body_that_is_no_json_is_malformed(client_for, alice, shelf):
    assert client_for(alice).post(ADDRESS, "{", content_type="application/json").status_code == 400


def test_a_key_needs_the_right_to_view(client_for, alice_reader, shelf):
    texts = [make_key(alice_reader, name=scope, scopes=[scope])[1] for scope in ("document.view", "document.add")]
    body = {"query": "waxed"}
    answers = [client_for().post(ADDRESS, body, content_type="application/json", headers={"Authorization": f"Bearer {text}"}) for text in texts]
    assert [answer.status_code for answer in answers] == [200, 403]
    assert "sewing" in found(answers[0])


def test_nobody_and_a_stranger_are_turned_away(client_for, ask, charlie, other):
    assert client_for().post(ADDRESS, {"query": "waxed"}, content_type="application/json").status_code == 401
    assert found(ask(charlie, {"query": "waxed"})) == []
    assert ask(charlie, {"query": "waxed"}, **{"X-Quire-Workspace": "acme"}).status_code == 404


def test_a_repeat_with_the_same_key_searches_with_the_rights_of_now(ask, alice, bob, shelf):
    key = {"Idempotency-Key": "once"}
    assert found(ask(alice, {"query": "waxed thread"}, **key))
    Document.objects.filter(pk=shelf["sewing"].pk).update(access="restricted", owner=bob)
    again = ask(alice, {"query": "waxed thread"}, **key)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_too_many_searches_are_refused_for_a_while(ask, alice, settings):
    settings.QUIRE_LIMIT_SEARCHES_PER_USER = 1
    assert [ask(alice, {"query": "waxed"}).status_code for _ in range(2)] == [200, 429]
