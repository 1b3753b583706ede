"""Asking through the page's own form."""

import pytest

from apps.accounts.models import Role
from apps.chat.models import Conversation, Message, Run
from apps.chat.services.asking import ask_question, clean_question
from apps.chat.text import shorten, storable
from apps.common.errors import Invalid, NotFound

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_plain_form_leads_to_the_conversation(client_for, alice, address):
    response = client_for(alice).post(address("ask"), {"question": "Where does Quire run?"})
    run = Run.objects.get()
    assert response.status_code == 302
    assert response.url == f"{address('conversation', run.conversation_id)}#m-{run.answer_id}"


def test_asking_keeps_question_answer_and_run_in_one_go(client_for, alice, address):
    client_for(alice).post(address("ask"), {"question": "  Where does\r\nQuire run? "})
    question, answer = Message.objects.order_by("created_at")
    run = Run.objects.get()
    assert (question.role, question.text) == ("user", "Where does\nQuire run?")
    assert (answer.role, answer.text, answer.reply_to) == ("assistant", "", question)
    assert (run.state, run.question, run.answer, run.attempt) == ("accepted", question, answer, 0)
    assert run.conversation.title == "Where does Quire run?"


def test_a_script_gets_the_exchange_and_where_it_lives(asking_client, alice, address):
    response = asking_client(alice).post(address("ask"), {"question": "Where does Quire run?"})
    run = Run.objects.get()
    assert response.status_code == 201
    assert response["X-Quire-Location"].endswith(f"#m-{run.answer_id}")
    assert f'id="m-{run.answer_id}"' in response.text
    assert "Where does Quire run?" in response.text


def test_a_follow_up_joins_its_conversation(client_for, alice, address):
    client = client_for(alice)
    client.post(address("ask"), {"question": "Where does Quire run?"})
    conversation = Conversation.objects.get()
    client.post(address("ask"), {"question": "And on Windows?", "conversation": str(conversation.pk)})
    assert conversation.messages.count() == 4
    conversation.refresh_from_db()
    assert conversation.title == "Where does Quire run?"
    assert conversation.updated_at > conversation.created_at


@pytest.mark.parametrize("question", ["", "   ", "\n\t", "\x00", None])
def test_nothing_is_no_question(asking_client, alice, address, question):
    response = asking_client(alice).post(address("ask"), {"question": question} if question is not None else {})
    assert response.status_code == 422
    assert "Type a question." in response.text
    assert not Conversation.objects.exists()


def test_a_question_that_is_too_long_is_told_its_length(asking_client, alice, address):
    response = asking_client(alice).post(address("ask"), {"question": "x" * 100_000})
    assert response.status_code == 422
    assert "The question has 100,000 characters; the limit is 8,000." in response.text
    assert not Message.objects.exists()


def test_a_question_that_is_too_long_is_a_page_without_a_script(client_for, alice, address):
    response = client_for(alice).post(address("ask"), {"question": "x" * 8_001})
    assert response.status_code == 422
    assert "<html" in response.text


def test_a_question_of_just_the_limit_is_taken(client_for, alice, address):
    assert client_for(alice).post(address("ask"), {"question": "x" * 8_000}).status_code == 302


def test_a_teammate_asks_in_the_same_workspace_for_themselves(client_for, bob, address):
    client_for(bob).post(address("ask"), {"question": "Where does Quire run?"})
    assert Conversation.objects.get().owner == bob


def test_a_stranger_cannot_ask_in_a_foreign_workspace(client_for, charlie, address):
    assert client_for(charlie).post(address("ask"), {"question": "Where?"}).status_code == 404
    assert not Run.objects.exists()


def test_who_is_not_signed_in_is_led_to_sign_in(client_for, address):
    response = client_for().post(address("ask"), {"question": "Where?"})
    assert response.status_code == 302
    assert "login" in response.url


def test_a_script_whose_session_has_ended_gets_401(asking_client, client_for, address):
    response = client_for().post(address("ask"), {"question": "Where?"}, headers={"X-Quire-Fragment": "1"})
    assert response.status_code == 401


@pytest.mark.parametrize("whose", ["bob", "charlie", "root"])
def test_nobody_asks_in_somebody_elses_conversation(whose, request, client_for, run, address, other):
    response = client_for(request.getfixturevalue(whose)).post(address("ask"), {"question": "Where?", "conversation": str(run.conversation_id)})
    assert response.status_code == 404
    assert Run.objects.count() == 1


def test_what_is_no_id_is_no_conversation(client_for, alice, address):
    assert client_for(alice).post(address("ask"), {"question": "Where?", "conversation": "1' OR 1=1"}).status_code == 404


def test_whose_role_may_not_ask_is_told_so(client_for, bob, acme, address):
    only_reads = Role.objects.create(workspace=acme, name="Only reads", permissions=["document.view"])
    acme.memberships.filter(user=bob).update(role="custom", custom_role=only_reads)
    assert client_for(bob).post(address("ask"), {"question": "Where?"}).status_code == 403


def test_asking_is_a_post(client_for, alice, address):
    assert client_for(alice).get(address("ask")).status_code == 405


def test_a_conversation_of_another_workspace_is_not_found(alice, alice_reader, charlie_reader, other):
    foreign = ask_question(charlie_reader, text="Where?")
    with pytest.raises(NotFound):
        ask_question(alice_reader, text="Where?", conversation_id=foreign.conversation_id)


def test_what_postgres_cannot_keep_is_left_out():
    assert clean_question("a\x00b") == "ab"
    assert storable("a\ud800b\x00é") == "a\ufffdbé"
    assert storable("\ud83d\ude00") == "😀"


def test_nul_alone_is_no_question():
    with pytest.raises(Invalid, match="Type a question"):
        clean_question("\x00\x00")


def test_a_title_is_cut_between_words():
    assert shorten("one two three", 10) == "one two…"
    assert shorten("x" * 20, 10) == "x" * 9 + "…"
    assert shorten(" one\n two ", 10) == "one two"
