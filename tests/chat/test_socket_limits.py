"""How often a page may open its socket and speak on it."""

import json

import pytest

from apps.common.db import run_db

pytestmark = pytest.mark.django_db(transaction=True)


async def opened(socket):
    connected, _ = await socket.connect(timeout=5)
    assert connected
    return socket


async def hear(socket):
    return json.loads(await socket.receive_from(timeout=5))


async def closed(socket):
    return (await socket.receive_output(5)) == {"type": "websocket.close", "code": 4429}


async def test_a_message_too_many_is_answered_with_an_error_and_the_socket_stays(open_socket, alice, say, settings):
    settings.QUIRE_LIMIT_SOCKET_MESSAGES_PER_USER = 1
    socket = await opened(await run_db(open_socket, alice))
    for _ in range(6):
        await say(socket, type="ping")
    heard = [await hear(socket) for _ in range(6)]
    assert [event["type"] for event in heard] == ["pong"] * 5 + ["error"]
    assert heard[5]["code"] == "limit_exceeded"
    assert heard[5]["detail"] == "The limit is 1 messages a second for one person. Try again in 1 second."
    assert await socket.receive_nothing(0.05)
    await socket.disconnect()


async def test_a_flood_closes_the_socket(open_socket, alice, say, settings):
    settings.QUIRE_LIMIT_SOCKET_MESSAGES_PER_USER = 1
    socket = await opened(await run_db(open_socket, alice))
    for _ in range(40):
        await say(socket, type="ping")
    heard = []
    while not heard or isinstance(heard[-1], dict):
        output = await socket.receive_output(5)
        heard.append(output["code"] if output["type"] == "websocket.close" else json.loads(output["text"]))
    assert heard[-1] == 4429
    assert [event["type"] for event in heard[:-1]].count("pong") >= 5
    assert heard[-2]["code"] == "limit_exceeded"
    assert len(heard) < 30


async def test_all_pages_of_a_person_speak_from_one_bucket_and_another_person_from_another(open_socket, alice, bob, say, settings):
    settings.QUIRE_LIMIT_SOCKET_MESSAGES_PER_USER = 1
    one, two, bobs = [await opened(await run_db(open_socket, user)) for user in (alice, alice, bob)]
    for _ in range(5):
        await say(one, type="ping")
        await hear(one)
    await say(two, type="ping")
    await say(bobs, type="ping")
    assert ((await hear(two))["type"], (await hear(bobs))["type"]) == ("error", "pong")
    for socket in (one, two, bobs):
        await socket.disconnect()


async def test_opening_too_many_sockets_is_told_and_closed(open_socket, alice, settings):
    settings.QUIRE_LIMIT_SOCKETS_PER_USER = 2
    sockets = [await opened(await run_db(open_socket, alice)) for _ in range(3)]
    event = await hear(sockets[2])
    assert (event["type"], event["code"]) == ("error", "limit_exceeded")
    assert event["detail"].startswith("The limit is 2 new connections a minute for one person. Try again in")
    assert await closed(sockets[2])
    for socket in sockets[:2]:
        assert await socket.receive_nothing(0.02)
        await socket.disconnect()


async def test_limits_of_0_are_none(open_socket, alice, say, settings):
    settings.QUIRE_LIMIT_SOCKET_MESSAGES_PER_USER = settings.QUIRE_LIMIT_SOCKETS_PER_USER = 0
    socket = await opened(await run_db(open_socket, alice))
    for _ in range(30):
        await say(socket, type="ping")
    assert {(await hear(socket))["type"] for _ in range(30)} == {"pong"}
    await socket.disconnect()
