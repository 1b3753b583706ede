"""The sentence above the library is kept for a few seconds, and never longer than what it says is so for its reader."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from apps.accounts.selectors.readers import renew
from apps.documents.models import Document, DocumentGrant
from apps.documents.selectors import get_library_summary
from apps.documents.services.documents import purge_document

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


def count(reader):
    return get_library_summary(renew(reader))["document_count"]


def test_it_is_asked_once_in_five_seconds(alice_reader, make_document, django_assert_num_queries, time_machine):
    document = make_document(alice_reader)
    time_machine.move_to(timezone.now(), tick=False)
    first = get_library_summary(alice_reader)
    document.refresh_from_db()
    assert first == {"document_count": 1, "updated_at": document.updated_at}
    with django_assert_num_queries(0):
        assert get_library_summary(alice_reader) == first
    Document.objects.update(state="processing")
    time_machine.shift(timedelta(seconds=6))
    assert get_library_summary(alice_reader) == {"document_count": 0, "updated_at": None}


def test_a_deletion_shows_at_once(alice_reader, bob_reader, make_document):
    document = make_document(alice_reader)
    assert [count(alice_reader), count(bob_reader)] == [1, 1]
    purge_document(document)
    assert [count(alice_reader), count(bob_reader)] == [0, 0]


def test_a_document_that_was_read_shows_at_once(alice_reader, make_document):
    assert count(alice_reader) == 0
    make_document(alice_reader)
    assert count(alice_reader) == 1


def test_a_grant_shows_at_once_and_goes_at_once(alice_reader, bob_reader, make_document):
    document = make_document(alice_reader)
    Document.objects.update(access="restricted")
    assert [count(alice_reader), count(bob_reader)] == [1, 0]
    grant = DocumentGrant.objects.create(document=document, member_id=bob_reader.membership_id)
    assert count(bob_reader) == 1
    grant.delete()
    assert count(bob_reader) == 0
