"""Documents are listed and read page by page, by who may read them, and by nobody else."""

import pytest
from asgiref.sync import async_to_sync

from apps.chat.tools import list_documents, read_document
from apps.common.db import run_db
from apps.documents.models import Document, DocumentState, Passage
from tests.chat.stage import shelve

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def paged(alice_reader):
    """Three pages, two passages each."""
    passages = shelve(alice_reader, *(f"Text {number}." for number in range(6)), title="Manual")
    for number, passage in enumerate(passages):
        Passage.objects.filter(pk=passage.pk).update(page=number // 2 + 1)
    return passages[0].version.document


async def texts(use, reader, **arguments):
    return [one.text for one in (await use(reader, "read_document", **arguments)).passages]


async def test_a_document_is_read_by_its_id_or_its_title(use, paged, bob_reader):
    for name in (str(paged.pk), "Manual", " manual "):
        result = await use(bob_reader, "read_document", document=name)
        assert [(one.text, one.page, one.place) for one in result.passages][:2] == [("Text 0.", 1, "page 1"), ("Text 1.", 1, "page 1")]
        assert len(result.passages) == 6
        assert (result.text, result.documents) == ("", (str(paged.pk),))


async def test_only_the_pages_that_were_asked_for_are_read(use, paged, bob_reader):
    assert await texts(use, bob_reader, document="Manual", from_page=2, to_page=2) == ["Text 2.", "Text 3."]
    assert await texts(use, bob_reader, document="Manual", from_page=3) == ["Text 4.", "Text 5."]
    assert await texts(use, bob_reader, document="Manual", from_page=2, skip=3) == ["Text 5."]
    result = await use(bob_reader, "read_document", document="Manual", from_page=4)
    assert "There is no text on these pages" in result.text
    assert "before" in (await use(bob_reader, "read_document", document="Manual", from_page=4, to_page=3)).text


async def test_what_has_no_pages_is_read_by_its_passages(use, paged, bob_reader):
    await run_db(lambda: Passage.objects.update(page=None))
    assert await texts(use, bob_reader, document="Manual", from_page=2, to_page=3) == ["Text 1.", "Text 2."]


async def test_a_long_document_is_read_piece_by_piece(use, paged, bob_reader, monkeypatch):
    monkeypatch.setattr(read_document, "RESULT_CHARS_MAX", 15)
    result = await use(bob_reader, "read_document", document="Manual", from_page=2)
    assert [one.text for one in result.passages] == ["Text 2.", "Text 3."]
    assert result.text == "There is more: call read_document with the same document and pages and skip=2."
    monkeypatch.setattr(read_document, "PASSAGES_MAX", 1)
    assert "skip=3" in (await use(bob_reader, "read_document", document="Manual", from_page=2, skip=2)).text
    monkeypatch.setattr(read_document, "RESULT_CHARS_MAX", 1)
    assert await texts(use, bob_reader, document="Manual", from_page=2, skip=3) == ["Text 5."]


async def test_of_several_with_one_title_the_ids_are_told(use, paged, alice_reader, bob_reader):
    other = (await run_db(shelve, alice_reader, "Other.", title="MANUAL"))[0].version.document
    result = await use(bob_reader, "read_document", document="manual")
    assert result.is_error
    assert str(other.pk) in result.text
    assert str(paged.pk) in result.text
    assert await texts(use, bob_reader, document=str(other.pk)) == ["Other."]


async def test_a_stranger_and_a_teammate_without_the_right_find_no_such_document(use, alice_reader, bob_reader, charlie_reader):
    hidden = (await run_db(lambda: shelve(alice_reader, "Secret.", title="Hidden", access="restricted")))[0].version.document
    absent = await use(bob_reader, "read_document", document="Nothing at all")
    for reader in (bob_reader, charlie_reader):
        for name in (str(hidden.pk), "Hidden"):
            assert await use(reader, "read_document", document=name) == absent
        assert (await use(reader, "list_documents", query="Hidden")).text == "There are no such documents."
    assert absent.is_error
    assert "Hidden" in (await use(alice_reader, "list_documents")).text


async def test_documents_are_listed_a_page_at_a_time(use, paged, alice_reader, bob_reader, monkeypatch):
    monkeypatch.setattr(list_documents, "PAGE_SIZE", 2)
    for number in range(3):
        await run_db(lambda number=number: shelve(alice_reader, "Text.", title=f"Leaf {number}\n " + "x" * 200))
    first = await use(bob_reader, "list_documents")
    assert "Leaf 2 xxx" in first.text
    assert "x" * 121 not in first.text
    assert first.text.endswith("There are more: call list_documents with page=2.")
    assert len(first.documents) == 2
    second = await use(bob_reader, "list_documents", page=2)
    assert f"{paged.pk}  Manual (pdf, changed " in second.text
    assert "There are more" not in second.text
    assert (await use(bob_reader, "list_documents", page=3)).text == "There are no documents on this page."
    assert (await use(bob_reader, "list_documents", query="manu")).documents == (str(paged.pk),)


def test_a_document_that_is_not_ready_is_not_listed(use, paged, bob_reader):
    Document.objects.update(state=DocumentState.PROCESSING)
    assert async_to_sync(use)(bob_reader, "list_documents").documents == ()
