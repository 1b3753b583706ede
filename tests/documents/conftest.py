"""A cheap embedder that puts texts with the same words near each other, and documents made with it."""

import hashlib
import re
from collections.abc import Sequence
from contextlib import nullcontext

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.documents.ingest.pipeline import Models
from apps.gateway.types import EmbeddingModelInfo
from tests.documents.ingest.tokens import count_tokens

DIMENSION = 384
MODEL = EmbeddingModelInfo(name="words-of-the-tests", dimension=DIMENSION, window=256)


def embed_texts(texts: Sequence[str]) -> np.ndarray:
    """A bag of hashed words, normalised: as like as the words of two texts are."""
    vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
    for row, text in enumerate(texts):
        for word in re.findall(r"\w+", text.lower()):
            vectors[row, int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16) % DIMENSION] += 1
        vectors[row, 0] += 0.01
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def models_named(name: str) -> Models:
    return Models(embed=embed_texts, count_tokens=count_tokens, name=name, window=254)


@pytest.fixture
def models() -> Models:
    return models_named(MODEL.name)


@pytest.fixture(autouse=True)
def _cheap_models(monkeypatch, models):
    """Every test here embeds by words; a module that wants the real embedder overrides this."""

    async def embed(principal, texts):
        return embed_texts(texts)

    monkeypatch.setattr("apps.documents.services.ingest.gateway_models", lambda workspace_id: nullcontext(models))
    monkeypatch.setattr("apps.documents.services.handbook.gateway_models", lambda workspace_id: nullcontext(models))
    monkeypatch.setattr("apps.documents.services.handbook.get_embedding_model", lambda: MODEL)
    monkeypatch.setattr("apps.documents.services.handbook.get_embedding_model", lambda: MODEL)
    monkeypatch.setattr("apps.documents.search.hybrid.embed", embed)
    monkeypatch.setattr("apps.documents.search.hybrid.get_embedding_model", lambda: MODEL)


@pytest.fixture(autouse=True)
def _empty_storage(settings):
    """A storage of its own for each test, in memory."""
    from django.core.files.storage import storages

    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    yield
    storages._storages.clear()


@pytest.fixture
def rung(monkeypatch) -> list[tuple[str, dict]]:
    """What the doorbell was told."""
    bells: list[tuple[str, dict]] = []
    monkeypatch.setattr("apps.documents.services.bell.ring", lambda topic, data: bells.append((topic, data)))
    return bells


@pytest.fixture
def hints(monkeypatch) -> list[tuple[str, ...]]:
    """What the queue was told, at once: these tests do not wait for a commit."""
    told: list[tuple[str, ...]] = []
    for module in ("uploads", "jobs"):
        monkeypatch.setattr(f"apps.documents.services.{module}.enqueue", lambda *message: told.append(message))
    return told


@pytest.fixture
def upload(hints, rung):
    """Upload a file as somebody, without reading it."""
    from apps.documents.services import upload_document

    def take(reader, data: bytes | str = "Some words.", name: str = "notes.txt", **options):
        content = data.encode() if isinstance(data, str) else data
        return upload_document(reader, file=SimpleUploadedFile(name, content), name=name, **options)

    return take


@pytest.fixture
def ingest(models):
    """Do the latest job of a document, as the worker would."""
    from apps.documents.services import ingest_document

    def work(document):
        ingest_document(document.jobs.order_by("-created_at").values_list("id", flat=True).first(), models=models)
        document.refresh_from_db()
        return document

    return work


@pytest.fixture
def make_document(upload, ingest):
    """A document that is uploaded and read."""
    return lambda reader, *file, **options: ingest(upload(reader, *file, **options))
