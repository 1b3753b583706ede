"""The chat's pages: what they show, and to whom."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.chat.models import Conversation
from apps.chat.services.asking import ask_question
from apps.chat.suggestions import SUGGESTIONS
from apps.documents.models import Document

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_first_page_offers_questions_that_the_library_can_answer(client_for, alice, address, shelf):
    response = client_for(alice).get(address("begin"))
    assert response.status_code == 200
    assert response.context["suggestions"] == list(SUGGESTIONS)
    assert response.context["library"]["document_count"] == 1
    assert response.context["model"].is_embedded
    assert response.context["question_max"] == 8_000


def test_an_empty_library_offers_no_questions(client_for, alice, address):
    assert client_for(alice).get(address("begin")).context["suggestions"] == []


def test_without_a_model_the_page_leads_to_how_to_connect_one(client_for, alice, alice_reader, address, shelf):
    document = shelf[0].version.document
    Document.objects.filter(pk=document.pk).update(source_name="connecting-a-language-model.md")
    assert str(document.pk) in client_for(alice).get(address("begin")).context["model"].help_url


def test_a_connected_model_needs_no_help(client_for, alice, address, monkeypatch):
    from apps.chat.selectors import chat_models
    from apps.gateway.types import ChatModelInfo

    monkeypatch.setattr(chat_models, "get_chat_model", lambda workspace_id: ChatModelInfo("gpt", is_embedded=False))
    model = client_for(alice).get(address("begin")).context["model"]
    assert (model.name, model.is_embedded, model.help_url) == ("gpt", False, "")


def test_the_side_bar_lists_ones_own_conversations_the_latest_first(client_for, alice, alice_reader, bob_reader, address):
    first = ask_question(alice_reader, text="First?").conversation
    ask_question(alice_reader, text="Second?")
    ask_question(bob_reader, text="Bob's?")
    links = client_for(alice).get(address("conversation", first.pk)).context["conversations"]
    assert [(link.title, link.is_current) for link in links] == [("Second?", False), ("First?", True)]


def test_a_waiting_answer_says_so_and_can_be_refreshed(client_for, alice, address, run):
    response = client_for(alice).get(address("conversation", run.conversation_id))
    (exchange,) = response.context["exchanges"]
    assert (exchange.state, exchange.is_live, exchange.last_seq) == ("accepted", True, 0)
    assert exchange.stage_text == "Waiting for an agent"
    assert "<noscript>" in response.text


def test_a_finished_answer_shows_its_words_and_where_they_stand(client_for, alice, address, answered, shelf):
    response = client_for(alice).get(address("conversation", answered.conversation_id))
    (exchange,) = response.context["exchanges"]
    (source,) = exchange.sources
    assert "Quire runs on Linux." in exchange.html
    assert (source.title, source.place, source.quote, source.after) == ("Handbook", "page 3", "Quire runs on Linux.", " It needs Python.")
    assert source.url.endswith(f"?passage={shelf[0].pk}&from=0&to=20#p{shelf[0].pk}")
    assert (exchange.state, exchange.is_live, exchange.error) == ("completed", False, None)
    assert exchange.is_embedded_model
    assert exchange.last_seq > 1_000_000


def test_a_citation_in_the_answer_links_to_its_words(client_for, alice, address, answered, shelf):
    text = client_for(alice).get(address("conversation", answered.conversation_id)).text
    assert f"passage={shelf[0].pk}&amp;from=0&amp;to=20" in text
    assert 'class="citation"' in text


def test_the_fragment_is_the_very_exchange_of_the_page(client_for, alice, address, answered):
    client = client_for(alice)
    page = client.get(address("conversation", answered.conversation_id)).text
    fragment = client.get(address("message", answered.answer_id))
    assert fragment["Cache-Control"] == "no-store"
    prose = fragment.text[fragment.text.index('<div class="prose">') : fragment.text.index("</section>")]
    assert prose in page


def test_questions_of_one_conversation_stand_in_order(client_for, alice, alice_reader, address, run):
    ask_question(alice_reader, text="And on Windows?", conversation_id=run.conversation_id)
    exchanges = client_for(alice).get(address("conversation", run.conversation_id)).context["exchanges"]
    assert [exchange.question for exchange in exchanges] == ["Where does Quire run?", "And on Windows?"]


def test_a_long_conversation_takes_no_more_queries_than_a_short_one(
    client_for, alice, alice_reader, address, answered, django_assert_num_queries, catalogue_held_still
):
    client = client_for(alice)
    page = address("conversation", answered.conversation_id)
    client.get(page)
    with CaptureQueriesContext(connection) as short:
        client.get(page)
    for number in range(5):
        ask_question(alice_reader, text=f"Question {number}?", conversation_id=answered.conversation_id)
    with django_assert_num_queries(len(short)):
        client.get(page)


@pytest.mark.parametrize("whose", ["bob", "charlie", "root"])
@pytest.mark.parametrize("name", ["conversation", "message"])
def test_only_its_owner_sees_a_conversation(whose, name, request, client_for, address, run, other):
    pages = {"conversation": run.conversation_id, "message": run.answer_id}
    assert client_for(request.getfixturevalue(whose)).get(address(name, pages[name])).status_code == 404


@pytest.mark.parametrize("name", ["conversation", "message", "begin"])
def test_who_is_not_signed_in_sees_none_of_it(name, client_for, address, run):
    arguments = {"conversation": [run.conversation_id], "message": [run.answer_id], "begin": []}
    assert client_for().get(address(name, *arguments[name])).status_code == 302


def test_a_question_is_no_answer(client_for, alice, address, run):
    assert client_for(alice).get(address("message", run.question_id)).status_code == 404


def test_who_has_left_the_workspace_sees_no_conversation(client_for, alice, acme, address, run):
    acme.memberships.filter(user=alice).delete()
    assert client_for(alice).get(address("conversation", run.conversation_id)).status_code == 404


def test_a_question_is_shown_as_text_never_as_markup(client_for, alice, alice_reader, address):
    run = ask_question(alice_reader, text="<script>alert(1)</script>")
    text = client_for(alice).get(address("conversation", run.conversation_id)).text
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;" in text


def test_a_conversations_name_is_its_title():
    assert str(Conversation(title="Where?")) == "Where?"
