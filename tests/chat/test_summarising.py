"""A conversation that grew long is summed up beside an answer, and the next question reads the summary."""

import pytest

from apps.chat.models import Conversation, Message
from apps.chat.selectors.briefs import get_run_brief
from apps.chat.services import summarising
from apps.chat.services.asking import ask_question
from apps.gateway.errors import ProviderUnavailable
from apps.gateway.types import ChatModelInfo, Chunk, Usage
from tests.chat.stage import Silence

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def model(stage, shelf, monkeypatch):
    """A connected model. What it says to a prompt: a text, an exception, a Silence; and what it was told under each."""
    says, told = {"summary.v1": "They spoke of Linux. [1]"}, []

    async def complete(principal, messages, *, model=None, options=None):
        told.append((options.prompt_version, messages))
        said = says.get(options.prompt_version, "Linux. [1]")
        if isinstance(said, Exception):
            raise said
        if isinstance(said, Silence):
            await said.last()
        yield Chunk(said)
        yield Chunk("", Usage(10, 5, estimated=True), "stop")

    monkeypatch.setattr("apps.chat.tools.complete.complete", complete)
    monkeypatch.setattr("apps.chat.selectors.briefs.get_chat_model", lambda workspace_id: ChatModelInfo("fake", is_embedded=False))
    complete.says, complete.told = says, told
    return complete


@pytest.fixture
def talk(alice_reader, carry_out):
    """Ask so many questions, one after another, in one conversation."""

    def ask(count, conversation_id=None):
        for number in range(count):
            run = ask_question(alice_reader, text=f"How is it with number {number}?", conversation_id=conversation_id)
            conversation_id = run.conversation_id
            carry_out()
        run.refresh_from_db()
        return run

    return ask


def summed(model):
    return [messages for prompt, messages in model.told if prompt == "summary.v1"]


def test_a_short_conversation_is_not_summed_up(model, talk):
    talk(8)
    assert summed(model) == []
    assert Conversation.objects.get().summary == ""


def test_a_long_one_is_up_to_the_last_turns(model, talk):
    run = talk(9)
    assert run.state == "completed"
    conversation = Conversation.objects.get()
    answers = list(Message.objects.filter(role="assistant").order_by("created_at"))
    assert conversation.summary == "They spoke of Linux."
    assert conversation.summarised_until == answers[4]
    [(system, user)] = summed(model)
    assert system.content.startswith("Sum up a conversation")
    assert user.content.count("Question: ") == 5
    assert "Answer: Linux." in user.content


def test_the_next_question_reads_summary_and_last_turns_and_the_next_summary_takes_it_in(model, talk):
    run = talk(9)
    last = talk(1, run.conversation_id)
    brief = get_run_brief(last.pk)
    assert (brief.summary, len(brief.history)) == ("They spoke of Linux.", 4)
    model.says["summary.v1"] = "More."
    talk(4, last.conversation_id)
    assert len(summed(model)) == 2
    assert summed(model)[1][1].content.startswith("Summary of what came before: They spoke of Linux.\n\nQuestion: ")
    assert Conversation.objects.get().summary == "More."


def test_much_text_is_long_too(model, talk, monkeypatch):
    monkeypatch.setattr(summarising, "CHARS_MAX", 100)
    talk(5)
    assert len(summed(model)) == 1


def test_a_model_that_fails_fails_no_answer_and_is_asked_again(model, talk, caplog):
    model.says["summary.v1"] = ProviderUnavailable()
    run = talk(9)
    assert (run.state, run.answer.text) == ("completed", "Linux. [1]")
    assert "conversation.not_summarised" in caplog.text
    model.says["summary.v1"] = "Linux."
    talk(1, run.conversation_id)
    assert Conversation.objects.get().summary == "Linux."


def test_one_that_takes_too_long_is_left(model, talk, monkeypatch):
    monkeypatch.setattr(summarising, "PATIENCE_SECONDS", 0.01)
    model.says["summary.v1"] = Silence()
    assert talk(9).state == "completed"
    assert Conversation.objects.get().summary == ""


def test_an_empty_summary_is_none(model, talk):
    model.says["summary.v1"] = " "
    talk(9)
    assert Conversation.objects.get().summarised_until is None


def test_of_two_that_sum_up_at_once_one_stands(model, talk):
    run = talk(8)
    brief = get_run_brief(run.pk)
    late = brief.conversation
    talk(1, run.conversation_id)
    summarising._store(late, "Late.")
    assert Conversation.objects.get().summary == "They spoke of Linux."


def test_with_the_embedded_model_nothing_is_summed_up_and_no_summary_read(model, talk, monkeypatch):
    run = talk(9)
    monkeypatch.setattr("apps.chat.selectors.briefs.get_chat_model", lambda workspace_id: ChatModelInfo("extractive", is_embedded=True))
    talk(9, run.conversation_id)
    assert len(summed(model)) == 1
    brief = get_run_brief(run.pk)
    assert brief.summary == ""
