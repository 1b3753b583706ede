"""A run of one collection: no tool shows it anything of another, though its asker may read that too."""

import json
from uuid import uuid4

import pytest

from apps.chat.errors import CollectionClosed
from apps.chat.services.asker import Asker
from apps.chat.tools import TOOLS
from apps.chat.tools.box import RunToolbox
from apps.common.db import run_db
from apps.documents.models import Collection, Document
from apps.documents.search import Filters
from apps.gateway.types import ToolCall
from tests.chat.stage import shelve

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shelves(alice_reader, acme):
    """One document in the library, and one in the collection that is asked."""
    outside = shelve(alice_reader, "Outside.", title="Outside")[0].version.document
    inside = shelve(alice_reader, "Inside.", title="Inside")[0].version.document
    handbook = Collection.objects.create(workspace=acme, name="Handbook", slug="handbook", everyone="read")
    Document.objects.filter(pk=inside.pk).update(collection=handbook)
    return handbook, inside, outside


@pytest.fixture
def use_within(shelves, bob_reader):
    bounds = Filters(collection_ids=frozenset({shelves[0].pk}))

    async def use(name, **arguments):
        box = RunToolbox(bob_reader, Asker(bob_reader, shelves[0].pk), uuid4(), bounds)
        return await box.use(ToolCall("id", name, json.dumps(arguments)), 0)

    return use


async def test_documents_are_listed_within_the_collection(use_within):
    listed = (await use_within("list_documents")).text
    assert "Inside" in listed
    assert "Outside" not in listed


async def test_documents_are_read_within_the_collection(use_within, shelves):
    _, inside, outside = shelves
    for name in ("Inside", str(inside.pk)):
        assert [one.text for one in (await use_within("read_document", document=name)).passages] == ["Inside."]
    for name in ("Outside", str(outside.pk), str(uuid4())):
        result = await use_within("read_document", document=name)
        assert (result.text, result.passages) == ("There is no such document. list_documents tells which there are.", ())


async def test_a_further_search_stays_within_the_collection(use_within, shelves, monkeypatch):
    found = []

    async def search(reader, query, *, limit=8, filters=None, joins=True):
        found.append(filters)
        return []

    monkeypatch.setattr("apps.chat.tools.search.search", search)
    await use_within("search_documents", query="anything")
    assert found == [Filters(collection_ids=frozenset({shelves[0].pk}))]


async def test_a_collection_that_goes_ends_the_run_and_not_the_call(use_within, shelves):
    await run_db(lambda: Collection.objects.filter(pk=shelves[0].pk).update(everyone="none"))
    with pytest.raises(CollectionClosed):
        await use_within("list_documents")


def test_whatever_reads_documents_is_bounded():
    assert {name for name, tool in TOOLS.items() if tool.is_bounded} == {"search", "search_documents", "read_document", "list_documents"}
