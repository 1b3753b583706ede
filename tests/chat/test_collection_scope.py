"""A question to one collection: nothing outside of it is found, and one that is gone is no licence to search everything."""

from uuid import uuid4

import pytest

from apps.chat.errors import CollectionClosed
from apps.chat.selectors.conversations import list_conversations
from apps.chat.services.asker import Asker
from apps.chat.services.asking import ask_question, retry_run
from apps.chat.tools import search as search_tool
from apps.chat.tools.base import EVERYTHING
from apps.common.errors import NotFound
from apps.documents.models import Collection

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def handbook(acme):
    return Collection.objects.create(workspace=acme, name="Handbook", slug="handbook", everyone="read")


@pytest.fixture
def searched(stage, monkeypatch):
    """The filters of each search."""
    found = []

    async def search(reader, query, *, limit=8, filters=None, joins=True):
        found.append(filters)
        return await stage.search(reader, query, limit=limit)

    monkeypatch.setattr(search_tool, "search", search)
    return found


def test_a_run_of_a_collection_searches_that_collection_alone(alice_reader, handbook, stage, shelf, searched, carry_out):
    run = ask_question(alice_reader, text="Where does Quire run?", collection_id=handbook.pk)
    stage.answers = [["Quire runs on Linux. [1]"]]
    carry_out()
    run.refresh_from_db()
    assert run.state == "completed"
    assert [filters.collection_ids for filters in searched] == [frozenset({handbook.pk})]


def test_a_run_without_one_searches_the_library(run, stage, shelf, searched, carry_out):
    stage.answers = [["Quire runs on Linux. [1]"]]
    carry_out()
    assert searched == [EVERYTHING]


@pytest.mark.parametrize("change", [lambda one: one.delete(), lambda one: Collection.objects.update(everyone="none")], ids=["deleted", "closed"])
def test_a_collection_that_is_gone_when_its_run_begins_fails_it_and_searches_nothing(bob_reader, handbook, stage, shelf, searched, carry_out, change):
    run = ask_question(bob_reader, text="Where does Quire run?", collection_id=handbook.pk)
    change(handbook)
    carry_out()
    run.refresh_from_db()
    assert (run.state, run.error_code) == ("failed", "collection_closed")
    assert searched == []


async def test_a_collection_that_goes_in_the_middle_ends_the_run(bob_reader, handbook):
    asker = Asker(bob_reader, handbook.pk)
    await asker.check()
    await handbook.adelete()
    with pytest.raises(CollectionClosed):
        await asker.who()


@pytest.mark.parametrize("which", ["closed", "absent", "foreign"])
def test_nobody_asks_a_collection_that_is_not_open_to_them(bob_reader, handbook, other, which):
    foreign = Collection.objects.create(workspace=other, name="Theirs", slug="theirs", everyone="read")
    Collection.objects.filter(pk=handbook.pk).update(everyone="none")
    named = {"closed": handbook.pk, "absent": uuid4(), "foreign": foreign.pk}[which]
    with pytest.raises(NotFound, match="It does not exist, or you may not see it"):
        ask_question(bob_reader, text="Where does Quire run?", collection_id=named)


def test_a_retry_asks_the_same_collection_and_the_same_turns(alice_reader, handbook, stage, shelf, carry_out):
    stage.answers = [[ZeroDivisionError()]]
    run = ask_question(alice_reader, text="And there?", collection_id=handbook.pk, earlier=[("Where?", "Here.")])
    carry_out()
    again = retry_run(alice_reader, run.pk)
    assert again.pk != run.pk
    assert (again.collection_id, again.earlier) == (handbook.pk, [["Where?", "Here."]])


def test_turns_that_came_along_are_the_history_and_the_side_bar_does_not_list_the_question(alice_reader, stage, shelf, carry_out):
    from apps.chat.selectors.briefs import get_run_brief

    run = ask_question(alice_reader, text="And there?", earlier=[("Where?", "Here.")])
    assert get_run_brief(run.pk).history == (("Where?", "Here."),)
    assert list_conversations(alice_reader) == []
