import pytest

from apps.documents.models import Collection, Document, DocumentVersion, IngestJob, Passage, PassageEmbedding

pytestmark = pytest.mark.django_db


def test_every_row_says_what_it_is_in_the_admin(alice_reader, make_document):
    make_document(alice_reader, "Some words.", "notes.txt")
    shown = [str(model.objects.get()) for model in (Collection, Document, DocumentVersion, IngestJob, Passage, PassageEmbedding)]
    assert shown[:3] == ["General", "notes", "notes, version 1"]
    assert all(shown)


def test_collections_are_seen_in_their_workspace_only(alice_reader, charlie_reader, make_document):
    make_document(alice_reader)
    assert [one.name for one in Collection.objects.visible_to(alice_reader)] == ["General"]
    assert not Collection.objects.visible_to(charlie_reader).exists()


@pytest.mark.parametrize(
    ("pages", "note"),
    [
        ([], ""),
        ([4], "Page 4 has no text that can be read; it needs OCR."),
        ([1, 2, 5], "3 pages have no text that can be read; they need OCR: 1-2, 5."),
    ],
)
def test_unread_pages_are_named(pages, note):
    from apps.documents.ingest.types import Parsed
    from apps.documents.services.store import note_of

    assert note_of(Parsed("", [], unread_pages=pages)) == note


def test_very_many_unread_pages_are_summed_up():
    from apps.documents.ingest.types import Parsed
    from apps.documents.services.store import note_of

    assert note_of(Parsed("", [], unread_pages=list(range(1, 2000, 2)))).endswith("and more.")
