"""The agent's tools act as the asker, with the asker's rights of the moment of each call."""

import pytest

from apps.accounts.models import Membership, Role
from apps.accounts.selectors.readers import renew
from apps.chat.tools import TOOLS
from apps.common.db import run_db
from apps.common.errors import NotAllowed, NotFound

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def make(bob_reader, stage, shelf):
    async def who():
        return await run_db(renew, bob_reader)

    return lambda name: TOOLS[name].make(who)


def leave_only(acme, bob, *permissions):
    role = Role.objects.create(workspace=acme, name="Little", permissions=list(permissions))
    Membership.objects.filter(user=bob).update(role="custom", custom_role=role)


async def words_of(stream):
    return "".join([chunk.text async for chunk in stream])


async def test_a_search_asks_for_the_right_to_read_each_time(make, acme, bob):
    search = make("search")
    assert await search("Linux", 5)
    await run_db(leave_only, acme, bob, "chat.ask")
    with pytest.raises(NotAllowed, match=r"document\.view"):
        await search("Linux", 5)


async def test_a_call_of_the_model_asks_for_the_right_to_ask_each_time(make, stage, acme, bob):
    stage.answers = [["one"], ["two"]]
    complete = make("complete")
    assert await words_of(complete([], prompt="answer.v1")) == "one"
    await run_db(leave_only, acme, bob, "document.view")
    with pytest.raises(NotAllowed, match=r"chat\.ask"):
        await words_of(complete([], prompt="answer.v1"))


async def test_a_check_of_an_answer_asks_for_the_right_to_ask_each_time(make, acme, bob, monkeypatch):
    asked = []

    async def complete_object(principal, messages, most_chars, *, options):
        asked.append((principal.purpose, options.prompt_version, most_chars))
        return {}

    monkeypatch.setattr("apps.chat.tools.checking.complete_object", complete_object)
    judge, embed = make("complete_object"), make("embed")
    assert await judge([], prompt="verify.v1", most_chars=100) == {}
    assert asked == [("verify", "verify.v1", 100)]
    assert (await embed(["one", "two"])).shape == (2, 2)
    await run_db(leave_only, acme, bob, "document.view")
    with pytest.raises(NotAllowed, match=r"chat\.ask"):
        await judge([], prompt="verify.v1", most_chars=100)
    with pytest.raises(NotAllowed, match=r"chat\.ask"):
        await embed(["one"])


async def test_who_left_calls_nothing(make, bob):
    search = make("search")
    await run_db(lambda: Membership.objects.filter(user=bob).delete())
    with pytest.raises(NotFound):
        await search("Linux", 5)
