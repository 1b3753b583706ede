"""A deleted document takes kept answers with it."""

from datetime import timedelta
from uuid import UUID

import numpy as np
import pytest
from django.utils import timezone

from apps.documents.services.documents import purge_document
from apps.gateway.models import CachedAnswer
from tests.chat.stage import shelve

pytestmark = pytest.mark.django_db


@pytest.fixture
def keep(acme, other):
    def make(workspace):
        vector = np.ones(384, dtype=np.float32)
        until = timezone.now() + timedelta(hours=1)
        return CachedAnswer.objects.create(scope="s", workspace_id=UUID(str(workspace.pk)), question="q", embedding=vector, answer={}, expires_at=until)

    return make


def test_answers_of_its_workspace_go_with_a_document_and_those_of_others_stay(keep, acme, other, alice_reader, settings):
    settings.QUIRE_CACHE_CITED_ANSWERS = True
    [passage] = shelve(alice_reader, "Quire runs on Linux.")
    mine, others = keep(acme), keep(other)
    purge_document(passage.version.document)
    assert list(CachedAnswer.objects.all()) == [others]
    assert mine.pk != others.pk


def test_where_cited_answers_are_not_kept_nothing_is_looked_for(keep, acme, alice_reader):
    [passage] = shelve(alice_reader, "Quire runs on Linux.")
    kept = keep(acme)
    purge_document(passage.version.document)
    assert CachedAnswer.objects.get() == kept
