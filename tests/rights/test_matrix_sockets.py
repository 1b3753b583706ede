"""Every socket action and every tool of the agent × everybody × every kind of object, in the same table as the routes."""

import json

import pytest
from channels.testing import WebsocketCommunicator

from apps.accounts.selectors.readers import get_reader, renew
from apps.chat import tools
from apps.chat.events import CLIENT_ACTIONS
from apps.chat.tools.arguments import read_arguments
from apps.common.db import run_db
from apps.common.errors import QuireError
from apps.gateway.types import Chunk
from tests.documents.conftest import MODEL, embed_texts
from tests.rights import calls, table
from tests.rights.world import KINDS, PRINCIPALS, World, make_world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(600)]

# What a client says about an object; the library's topic is the workspace itself.
SAYS = {
    "ping": ("", lambda world, kind, principal: {"type": "ping"}),
    "ack": ("run", lambda world, kind, principal: {"type": "ack", "run": str(world.row("run", kind, principal).pk), "seq": 1}),
    "subscribe.run": ("run", lambda world, kind, principal: _about_run(world, kind, principal, "subscribe")),
    "unsubscribe.run": ("run", lambda world, kind, principal: _about_run(world, kind, principal, "unsubscribe")),
    "subscribe.library": ("", lambda world, kind, principal: {"type": "subscribe", "topic": "library", "workspace": world.acme.slug}),
    "unsubscribe.library": ("", lambda world, kind, principal: {"type": "unsubscribe", "topic": "library", "workspace": world.acme.slug}),
}
# Which kinds of objects a tool can reach; each as the reader who asks.
TOOLS = {
    "search": KINDS,
    "complete": (calls.NONE,),
    "complete_object": (calls.NONE,),
    "embed": (calls.NONE,),
    "search_documents": KINDS,
    "read_document": KINDS,
    "list_documents": KINDS,
    "calculate": (calls.NONE,),
    "today": (calls.NONE,),
}

# What the model would write, to get at a document.
ARGUMENTS = {
    "search_documents": lambda canary, document: {"query": canary},
    "read_document": lambda canary, document: {"document": str(document.pk)},
    "list_documents": lambda canary, document: {"query": document.title},
}


def _about_run(world: World, kind: str, principal: str, said: str) -> dict[str, str]:
    return {"type": said, "topic": "run", "id": str(world.row("run", kind, principal).pk)}


@pytest.fixture
def world(settings, monkeypatch, transactional_db):
    for name in [name for name in dir(settings) if name.startswith("QUIRE_LIMIT_")]:
        setattr(settings, name, 1_000_000)

    async def embed(principal, texts):
        return embed_texts(texts)

    async def complete(principal, messages, *, options=None):
        yield Chunk("Words.")

    monkeypatch.setattr("apps.documents.search.hybrid.embed", embed)
    monkeypatch.setattr("apps.documents.search.hybrid.get_embedding_model", lambda: MODEL)

    async def complete_object(principal, messages, most_chars, *, options=None):
        return {"verdicts": []}

    monkeypatch.setattr("apps.chat.tools.complete.complete", complete)
    monkeypatch.setattr("apps.chat.tools.checking.complete_object", complete_object)
    monkeypatch.setattr("apps.chat.tools.checking.embed", embed)
    return make_world()


def test_every_action_and_every_tool_is_called():
    assert set(SAYS) == CLIENT_ACTIONS
    assert set(TOOLS) == set(tools.TOOLS)


async def test_what_comes_of_each_message_is_in_the_table(world, rights):
    got: table.Table = {}
    before = await run_db(calls.checksums)
    for number, (action, (about, _)) in enumerate(sorted(SAYS.items())):
        for kind in KINDS if about else (calls.NONE,):
            for principal in rights.some(PRINCIPALS, number):
                got.setdefault(("socket", action, kind), {})[principal] = await _untouched(before, say(world, action, kind, principal))
    rights.judge(got)


async def test_what_comes_of_each_call_of_a_tool_is_in_the_table(world, rights):
    got: table.Table = {}
    before = await run_db(calls.checksums)
    for number, (name, kinds) in enumerate(TOOLS.items()):
        for kind in kinds:
            for principal in rights.some(PRINCIPALS, number):
                got.setdefault(("tool", name, kind), {})[principal] = await _untouched(before, use(world, name, kind, principal))
    rights.judge(got)


async def _untouched(before: dict, work) -> str:
    """Nothing that is said on a socket, and nothing that a tool does, changes the database."""
    status = await work
    changed = calls.differences(before, await run_db(calls.checksums))
    return f"{status} but changed {', '.join(changed)}" if changed else status


async def say(world: World, action: str, kind: str, principal: str) -> str:
    """`200` where it is obeyed, else the code of the error, or the one that the socket is closed with."""
    from config.asgi import application

    client = await run_db(world.client, principal, "")
    headers = [(b"host", b"localhost"), (b"origin", b"http://localhost")]
    if cookie := client.cookies.get("sessionid"):
        headers.append((b"cookie", f"sessionid={cookie.value}".encode()))
    if key := client.defaults.get("HTTP_AUTHORIZATION"):
        headers.append((b"authorization", key.encode()))
    socket = WebsocketCommunicator(application, "/ws/", headers=headers)
    connected, _ = await socket.connect(timeout=5)
    assert connected
    await socket.send_to(text_data=json.dumps(SAYS[action][1](world, kind, principal)))
    if action != "subscribe.run":
        # Messages are obeyed in order: what comes before the pong is about the first of them.
        await socket.send_to(text_data='{"type": "ping"}')
    status = _status(await socket.receive_output(timeout=5))
    if status == "not_signed_in":
        status = _status(await socket.receive_output(timeout=5))
    await socket.disconnect()
    return status


def _status(output: dict) -> str:
    if output["type"] == "websocket.close":
        return str(output["code"])
    said = json.loads(output["text"])
    return said["code"] if said["type"] == "error" else "200"


async def use(world: World, name: str, kind: str, principal: str) -> str:
    """As a run of this person would: `200` where the object is found, `absent` where it is not, else the error's code."""
    try:
        reader = await run_db(_reader_of, world, principal, tools.TOOLS[name].permission)
        tool = tools.TOOLS[name].make(lambda: run_db(renew, reader))
        if name == "complete":
            return "200" if [chunk async for chunk in tool([], prompt="answer.v1")] else "absent"
        if name == "complete_object":
            return "200" if await tool([], prompt="verify.v1", most_chars=100) else "absent"
        if name == "embed":
            return "200" if len(await tool(["words"])) else "absent"
        if kind == calls.NONE:
            return "200" if (await tool({"expression": "1 + 1"}, "")).text else "absent"
        document = world.row("document", kind, principal)
        canary = f"canary{_owner(world, document)}"
        if name == "search":
            found = {passage.document_id for passage in await tool(canary, 50)}
        else:
            result = await tool(read_arguments(tools.TOOLS[name].fields, json.dumps(ARGUMENTS[name](canary, document))), "")
            found = {passage.document_id for passage in result.passages} | set(result.documents)
        return "200" if str(document.pk) in found else "absent"
    except QuireError as error:
        return str(error.status)


def _owner(world: World, document) -> str:
    return next(key for key, row in world.rows["document"].items() if row.pk == document.pk)


def _reader_of(world: World, principal: str, permission: str):
    if principal == "anonymous":
        return get_reader(None, world.acme.slug)
    if principal.startswith("key_"):
        return world.key_reader(principal, permission)
    slug = world.other.slug if principal == "stranger" else world.acme.slug
    return get_reader(world.person(principal), slug)
