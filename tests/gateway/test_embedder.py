"""The embedder that comes with Quire."""

import asyncio
import json
import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from apps.gateway.providers.embedded import embedder as embedder_module
from apps.gateway.services import count_tokens
from apps.gateway.types import Usage
from tests.gateway.conftest import embed, embed_counted

REFERENCE = json.loads((Path(__file__).parent / "data" / "reference.json").read_text())


async def test_its_vectors_are_close_to_those_of_sentence_transformers():
    vectors = await embed(REFERENCE["sentences"])
    assert vectors.dtype == np.float32
    cosines = (vectors * np.array(REFERENCE["vectors"])).sum(axis=1)
    assert cosines.mean() > 0.99
    assert cosines.min() > 0.95


async def test_exactly_theirs_where_the_settings_ask_for_it(settings):
    settings.QUIRE_EMBEDDER_INT8 = False
    vectors = await embed(REFERENCE["sentences"])
    assert np.abs(vectors - np.array(REFERENCE["vectors"])).max() < 1e-5


async def test_its_vectors_have_length_one():
    vectors = await embed(["", "one", "two words"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)


async def test_no_texts_give_no_rows():
    assert (await embed([])).shape == (0, 384)


async def test_rows_keep_the_order_of_texts_of_mixed_length():
    texts = [f"word{number} " * (1 + number % 40) for number in range(60)]
    together = await embed(texts)
    alone = await embed([texts[17]])
    assert together.shape == (60, 384)
    assert np.array_equal(together[17], alone[0])


async def test_it_reads_256_tokens_and_no_more():
    window = "word " * 254
    vectors = await embed([window, window + "and then something else entirely", "word " * 200])
    assert np.array_equal(vectors[0], vectors[1])
    assert not np.allclose(vectors[0], vectors[2], atol=1e-4)


async def test_what_it_read_is_counted_and_what_it_cut_is_not():
    assert (await embed_counted(["", "word", "word " * 1000])).usage == Usage(0 + 1 + 254, 0, estimated=False)
    assert (await embed_counted([])).usage == Usage(0, 0, estimated=False)


async def test_half_a_character_pair_does_not_stop_it():
    vectors = await embed(["a\ud800b", "a?b"])
    assert np.array_equal(vectors[0], vectors[1])
    assert count_tokens(["a\ud800b"]) == [3]


async def test_the_event_loop_goes_on_while_it_works():
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    await embed(["some words to embed " * 20] * 100)
    ticking.cancel()
    assert ticks > 10


async def test_calls_at_once_get_their_own_rows():
    alone = [await embed([f"text {number}"]) for number in range(5)]
    together = await asyncio.gather(*(embed([f"text {number}"]) for number in range(5)))
    assert np.array_equal(alone, together)


def test_it_works_in_one_event_loop_after_another():
    first, second = (asyncio.run(embed(["the same"])) for _ in range(2))
    assert np.array_equal(first, second)


def test_it_is_loaded_once_a_process():
    asyncio.run(embed(["a"]))
    before = dict(embedder_module._loaded.embedders)
    asyncio.run(embed(["b"]))
    assert embedder_module._loaded.embedders == before


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_forked_child_loads_its_own():
    asyncio.run(embed(["a"]))
    read, write = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover  (coverage does not follow a child that ends at once)
        os.write(write, str(len(embedder_module._loaded.embedders)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 10) == b"0"
    os.close(read)
    os.close(write)


def test_tokens_are_counted_without_marks_and_without_a_window():
    assert count_tokens(["", "word", "word " * 1000, "東京"]) == [0, 1, 1000, 2]
    assert count_tokens([]) == []


def test_a_model_that_nobody_uses_is_let_go_of_and_comes_again():
    from apps.gateway.conf import embedder_config
    from apps.gateway.providers.embedded import embedder
    from apps.gateway.providers.embedded.provider import EmbeddedEmbeddingProvider

    provider = EmbeddedEmbeddingProvider(embedder_config())
    first = asyncio.run(provider.embed(["A quire is a gathering of leaves."])).vectors
    assert not embedder.unload_idle(60)
    assert embedder.unload_idle(60, clock=lambda: time.monotonic() + 61)
    assert not embedder.unload_idle(0)
    assert (asyncio.run(provider.embed(["A quire is a gathering of leaves."])).vectors == first).all()


def test_idle_models_are_looked_for_again_and_again(monkeypatch):
    looks, is_over = threading.Semaphore(0), threading.Event()
    monkeypatch.setattr(embedder_module, "unload_idle", lambda seconds: looks.release())
    thread = embedder_module.keep_unloading(0.01, is_over)
    assert all(looks.acquire(timeout=10) for _ in range(2))
    is_over.set()
    thread.join(10)
    assert not thread.is_alive()
