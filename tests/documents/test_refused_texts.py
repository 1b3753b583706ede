"""One text that the model refuses ends its own document, and no other that was asked with it."""

from contextlib import nullcontext
from dataclasses import replace

import pytest

from apps.documents.models import Document
from apps.documents.services import embed_waiting, read_next
from apps.gateway.errors import ProviderRefused
from tests.documents.conftest import embed_texts

pytestmark = pytest.mark.django_db


def test_a_refused_text_ends_its_own_document_alone(alice_reader, upload, models):
    for name in ("good", "poison", "fine"):
        upload(alice_reader, f"The {name} words.", f"{name}.txt")
    while read_next(models=models):
        pass
    asked = []

    def embed(texts):
        asked.append(len(texts))
        if any("poison" in text for text in texts):
            raise ProviderRefused("This text is too long.")
        return embed_texts(texts)

    embed_waiting(make_models=lambda _workspace_id: nullcontext(replace(models, embed=embed)))
    states = dict(Document.objects.values_list("title", "state"))
    assert states == {"good": "ready", "poison": "failed", "fine": "ready"}
    assert Document.objects.get(state="failed").error_detail == "This text is too long."
    # All together, then each document alone.
    assert asked == [3, 1, 1, 1]
