"""What a socket or an agent is refused stands in the audit trail, as for a page."""

import json

import pytest

from apps.accounts.models import AuditEntry, Membership, Role
from apps.accounts.selectors.readers import get_reader_by_id
from apps.chat.tools import TOOLS
from apps.common.db import run_db
from apps.common.errors import NotAllowed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _only_asks(bob, acme):
    role = Role.objects.create(workspace=acme, name="Asks", permissions=["chat.ask"])
    Membership.objects.filter(user=bob).update(role="custom", custom_role=role)


def the_refusal():
    return AuditEntry.objects.get(action="right.denied")


@pytest.mark.usefixtures("_only_asks")
async def test_a_socket(open_socket, say, bob):
    socket = await run_db(open_socket, bob)
    await socket.connect(timeout=5)
    await say(socket, type="subscribe", topic="library", workspace="acme")
    assert json.loads(await socket.receive_from(timeout=5))["code"] == "not_allowed"
    await socket.disconnect()
    entry = await run_db(the_refusal)
    assert (entry.actor_id, entry.detail) == (bob.pk, {"right": "document.view", "via": "socket"})
    assert entry.workspace_id is not None


@pytest.mark.usefixtures("_only_asks")
async def test_a_tool_of_an_agent(bob, acme):
    async def who():
        return await run_db(get_reader_by_id, bob.pk, acme.pk)

    with pytest.raises(NotAllowed):
        await TOOLS["search"].make(who)("Linux", 5)
    entry = await run_db(the_refusal)
    assert (entry.actor_id, entry.detail) == (bob.pk, {"right": "document.view", "via": "agent"})
