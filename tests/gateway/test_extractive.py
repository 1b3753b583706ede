"""The extractive model, through the public face."""

import pytest
from django.conf import settings as django_settings

from apps.gateway.conf import embedder_config
from apps.gateway.providers.extractive import NO_ANSWER
from apps.gateway.types import ChatMessage, TextBlock
from tests.gateway.conftest import collect, passage, question

KEYS = passage(1, "API keys\n\nAn API key is made on the page Keys. Rotate an API key every ninety days. The old key works for one more hour.")
LEAVE = passage(2, "Annual leave\n\nEvery employee has 28 days of leave a year. Leave is asked for two weeks ahead.")
PORT = passage(3, "Which port does it use?\n\nThe server listens on port 8000. The setting PORT changes it.")


async def test_it_quotes_what_answers_and_cites_it():
    answer = await collect(question("How often should I rotate an API key?", LEAVE, KEYS, PORT))
    assert "Rotate an API key every ninety days. [1]" in answer.text
    assert "leave" not in answer.text
    assert "8000" not in answer.text


async def test_every_quoted_sentence_stands_in_the_passage_it_cites():
    answer = await collect(question("How many days of annual leave do employees have?", KEYS, LEAVE, PORT))
    quoted = [part.strip() for part in answer.text.split("[2]") if part.strip()]
    assert quoted
    assert all(part in LEAVE["text"] for part in quoted)
    assert "28 days" in answer.text


async def test_it_streams_a_sentence_at_a_time_and_tells_what_it_used():
    answer = await collect(question("Which port does the server listen on, and which setting changes the port?", PORT))
    assert answer.pieces == ["The server listens on port 8000. [3]", " The setting PORT changes it. [3]"]
    assert answer.finish_reason == "stop"
    assert answer.usage.input_tokens > 10
    assert answer.usage.output_tokens > 5
    assert not answer.usage.estimated


@pytest.mark.parametrize(
    "asked", ["What is the capital of France?", "How do I bake bread?", "Wie hoch ist der Eiffelturm?", "hello", "thanks", "asdf qwer", "?", "  "]
)
async def test_what_no_passage_answers_gets_a_plain_no(asked):
    answer = await collect(question(asked, KEYS, LEAVE, PORT))
    assert answer.text == NO_ANSWER


async def test_without_passages_there_is_no_answer():
    assert (await collect(question("How often should I rotate an API key?"))).text == NO_ANSWER


async def test_passages_that_come_as_text_are_not_passages():
    answer = await collect(ChatMessage("user", f"How often should I rotate an API key? [1] {KEYS['text']}"))
    assert answer.text == NO_ANSWER


async def test_only_the_last_message_is_answered():
    answer = await collect(question("How many days of leave?", LEAVE), ChatMessage("assistant", "28 days. [2]"), question("Which port is it?", PORT))
    assert "port 8000. [3]" in answer.text
    assert "28" not in answer.text
    assert (await collect(question("How many days of leave?", LEAVE), ChatMessage("assistant", "28 days. [2]"))).text == NO_ANSWER
    assert (await collect()).text == NO_ANSWER


async def test_a_question_in_a_heading_is_never_quoted():
    answer = await collect(question("Which port does it use?", PORT))
    assert "Which port" not in answer.text


async def test_it_repeats_nothing_that_stands_in_two_passages():
    again = passage(4, KEYS["text"])
    answer = await collect(question("How often should I rotate an API key?", KEYS, again))
    assert answer.text.count("ninety days") == 1
    assert "[4]" not in answer.text


async def test_it_quotes_five_sentences_at_most():
    text = " ".join(
        f"The backup of kind {word} is made every night by the backup process." for word in ("daily", "weekly", "monthly", "yearly", "full", "partial", "cold")
    )
    answer = await collect(question("When is the backup made?", passage(1, text)))
    assert 1 <= answer.text.count("[1]") <= 5


async def test_sentences_of_a_passage_keep_their_order():
    text = "To rotate an API key, open the page Keys. Then choose the API key to rotate. Confirm, and the API key is rotated."
    answer = await collect(question("How do I rotate an API key?", passage(1, text)))
    places = [text.index(part.strip()) for part in answer.text.split("[1]") if part.strip()]
    assert places == sorted(places)
    assert len(places) > 1


async def test_a_list_comes_with_the_sentence_that_introduces_it():
    text = "Roles\n\nA person has one of these roles:\n\nOwner\n\nEditor\n\nViewer\n\nRoles are given in the admin."
    answer = await collect(question("Which roles can a person have?", passage(7, text)))
    assert "A person has one of these roles: [7]\n\n- Owner [7]\n- Editor [7]\n- Viewer [7]" in answer.text
    assert answer.text.count("Owner") == 1


async def test_an_answer_in_chinese_is_found_among_chinese_sentences():
    text = "黑豹队的防守只丢了308分，在联赛中排名第六。职业碗防守截锋卡万·肖特领先于全队。"
    answer = await collect(question("黑豹队的防守丢了多少分？", passage(1, text)))
    assert answer.text.startswith("黑豹队的防守只丢了308分，在联赛中排名第六。 [1]")


async def test_a_long_library_passage_is_answered_from_its_end_too():
    filler = " ".join(f"Paragraph {number} speaks about gardens, rivers and old bridges." for number in range(200))
    answer = await collect(question("How often should I rotate an API key?", passage(1, filler), KEYS))
    assert "Rotate an API key every ninety days. [1]" in answer.text


def test_it_answers_without_asyncio_as_any_langchain_model():
    from langchain_core.messages import HumanMessage

    from apps.gateway.providers.extractive.provider import ExtractiveProvider

    model = ExtractiveProvider(embedder_config())._model
    blocks = [dict(TextBlock(type="text", text="Which port does the server listen on?")), dict(PORT)]
    answer = model.invoke([HumanMessage(content=blocks)])
    assert "The server listens on port 8000. [3]" in answer.content
    assert answer.usage_metadata["total_tokens"] > 10
    assert model.invoke("hello").content == NO_ANSWER
    assert model._llm_type == "extractive"
    assert django_settings.QUIRE_LLM_BASE_URL == ""
