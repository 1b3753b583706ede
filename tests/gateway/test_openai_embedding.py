"""A connected embedding model, over real HTTP."""

import numpy as np
import pytest

from apps.gateway.calls import Kind
from apps.gateway.errors import ProviderRefused, ProviderTimedOut, ProviderUnavailable, WrongDimension
from apps.gateway.pipeline import run_whole
from apps.gateway.providers.openai_embedding import OpenAIEmbeddingProvider
from apps.gateway.services.opening import open_call
from apps.gateway.targets import Target
from apps.gateway.types import Usage
from tests.fakes.scripts import Status, Vectors, Wait
from tests.gateway.conftest import PRINCIPAL, embed, embed_counted


async def test_vectors_come_back_with_length_one(fake_embeddings):
    vectors = await embed(["one text", "another text", ""])
    assert vectors.shape == (3, fake_embeddings.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1])
    [request] = fake_embeddings.requests
    assert request.body["input"] == ["one text", "another text", " "]
    assert request.body["model"] == "fake-embeddings"
    assert request.body["encoding_format"] == "float"


async def test_many_texts_are_sent_in_parts_and_keep_their_order(fake_embeddings):
    texts = [f"text {number}" for number in range(150)]
    vectors = await embed(texts)
    assert [len(request.body["input"]) for request in fake_embeddings.requests] == [64, 64, 22]
    assert vectors[149] == pytest.approx(np.array(fake_embeddings.vector("text 149")) / np.linalg.norm(fake_embeddings.vector("text 149")))


async def test_no_texts_ask_nobody(fake_embeddings):
    assert (await embed([])).shape == (0, fake_embeddings.dimension)
    assert fake_embeddings.requests == []


async def test_rows_are_put_in_order_by_their_index(fake_embeddings):
    fake_embeddings.enqueue([Vectors([[0.0] * 7 + [5.0], [5.0] + [0.0] * 7], indices=[1, 0])])
    vectors = await embed(["first", "second"])
    assert vectors.argmax(axis=1).tolist() == [0, 7]


async def test_a_row_of_zeros_stays_one(fake_embeddings):
    fake_embeddings.enqueue([Vectors([[0.0] * 8])])
    assert not (await embed(["nothing"])).any()


async def test_another_dimension_than_the_setting_says_is_refused(fake_embeddings, settings):
    settings.QUIRE_EMBEDDINGS_DIMENSION = 1536
    with pytest.raises(WrongDimension, match=r"vectors of 8 numbers, but QUIRE_EMBEDDINGS_DIMENSION is 1536.*sets it to 8"):
        await embed(["text"])


async def test_fewer_vectors_than_texts_are_refused(fake_embeddings):
    fake_embeddings.enqueue([Vectors([[1.0] * 8])])
    with pytest.raises(ProviderRefused, match="OpenAI format"):
        await embed(["one", "two"])


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1e39])
async def test_what_is_no_number_is_refused(fake_embeddings, number):
    fake_embeddings.enqueue([Vectors([[1.0] * 8, [1.0] * 7 + [number]])])
    with pytest.raises(ProviderRefused, match="no number"):
        await embed(["one", "two"])


async def test_a_page_instead_of_vectors_is_refused(fake_embeddings):
    fake_embeddings.enqueue([Status(200, "<html></html>")])
    with pytest.raises(ProviderRefused, match="QUIRE_EMBEDDINGS_BASE_URL"):
        await embed(["one"])


async def test_a_failure_is_told(fake_embeddings):
    fake_embeddings.enqueue([Status(503)])
    with pytest.raises(ProviderUnavailable, match="embedding model"):
        await embed(["text"])


async def test_a_silent_server_times_out(fake_server):
    fake_server.enqueue([Wait("never"), Status(200)])
    target = Target("settings", "m", "openai-compatible", fake_server.base_url, dimension=8, silence_seconds=0.05)
    with pytest.raises(ProviderTimedOut, match="embedding model"):
        await OpenAIEmbeddingProvider(target).embed(["text"])


async def test_the_usage_of_all_parts_is_summed(fake_embeddings):
    assert (await embed_counted(["text"] * 130)).usage == Usage(3, 0, estimated=False)
    assert (await embed_counted([])).usage == Usage(0, 0, estimated=False)


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": None}])
async def test_a_usage_that_is_not_said_is_estimated(fake_embeddings, usage):
    answer = {"data": [{"index": 0, "embedding": [1.0] * 8}], "usage": usage}
    fake_embeddings.enqueue([Status(200, answer)])
    assert (await embed_counted(["eight by"])).usage == Usage(2, 0, estimated=True)


@pytest.mark.parametrize("answer", [[], {}, {"data": None}, {"data": ["no"]}, {"data": [{"index": 0}]}, {"data": [{"embedding": [None]}]}, "words"])
async def test_what_has_not_the_form_of_the_protocol_is_refused(fake_embeddings, answer):
    fake_embeddings.enqueue([Status(200, answer)])
    with pytest.raises(ProviderRefused, match="OpenAI format"):
        await embed(["one"])


async def test_an_error_under_status_200_is_one(fake_embeddings):
    fake_embeddings.enqueue([Status(200, {"error": {"message": "no", "code": 503}})])
    with pytest.raises(ProviderUnavailable):
        await embed(["one"])


async def test_an_answer_that_breaks_off_can_be_asked_for_again(fake_embeddings):
    fake_embeddings.enqueue([Status(200, {}, {"Content-Length": "100", "Connection": "close"})])
    with pytest.raises(ProviderUnavailable):
        await embed(["one"])


async def test_a_model_of_the_catalogue_without_a_dimension_has_the_one_it_has(fake_server):
    target = Target("Mistral", "m", "openai-compatible", fake_server.base_url)
    assert (await OpenAIEmbeddingProvider(target).embed(["text"])).vectors.shape == (1, 8)
    assert (await OpenAIEmbeddingProvider(target).embed([])).vectors.shape == (0, 0)
    fake_server.enqueue([Vectors([[1.0] * 8, [1.0] * 7])])
    with pytest.raises(WrongDimension, match="vectors of 7 numbers, but the dimension of the model “m” is 8"):
        await OpenAIEmbeddingProvider(target).embed(["one", "two"])


@pytest.mark.django_db(transaction=True)
async def test_what_was_billed_before_a_later_part_failed_is_counted(fake_embeddings):
    fake_embeddings.enqueue([Vectors([[1.0] * 8] * 64)], [Status(400)])
    call = await open_call(Kind.EMBEDDING, PRINCIPAL, texts=["eight by"] * 100)
    with pytest.raises(ProviderRefused):
        await run_whole(call)
    assert call.usage.input_tokens > 0
