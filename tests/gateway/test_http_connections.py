"""Connections to model servers over real sockets: kept, given up, cut, slowed down."""

import asyncio
import ssl
import subprocess

import pytest

from apps.gateway.providers.http import ANSWER_BYTES, connections, post, read_all
from apps.gateway.providers.http.endpoint import make_endpoint
from tests.fakes.raw_server import serving, until

SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def soon(seconds=30):
    return asyncio.get_running_loop().time() + seconds


async def ask(server, body=b"{}"):
    answer = await post(server.endpoint, body, soon())
    is_whole = False
    try:
        content = await read_all(answer, soon())
        is_whole = True
    finally:
        await answer.close(is_whole=is_whole)
    return answer.status, content


async def test_a_request_is_one_post_with_a_key_and_no_more():
    async with serving(SIZED + b"hello") as server:
        assert await ask(server, b'{"a": 1}') == (200, b"hello")
    [(head, body)] = server.requests
    port = server.endpoint.port
    assert head.decode().split("\r\n") == [
        "POST /v1/rerank HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "User-Agent: Quire",
        "Accept: text/event-stream, application/json",
        "Accept-Encoding: identity",
        "Content-Type: application/json",
        "Authorization: Bearer sk-key",
        "Content-Length: 8",
        "",
        "",
    ]
    assert body == b'{"a": 1}'


async def test_a_connection_is_used_again_after_an_answer_that_ended():
    async with serving(SIZED + b"hello", CHUNKED + b"5\r\nagain\r\n0\r\n\r\n", SIZED + b"third") as server:
        assert [(await ask(server))[1] for _ in range(3)] == [b"hello", b"again", b"third"]
    assert server.connections == 1


async def test_calls_at_once_have_a_connection_each_and_keep_no_more_than_allowed(monkeypatch):
    monkeypatch.setattr(connections, "IDLE_CONNECTIONS", 2)
    gate = asyncio.Event()
    async with serving(*[[gate, SIZED + b"hello"]] * 4, SIZED + b"again", SIZED + b"again", SIZED + b"again") as server:
        asked = [asyncio.create_task(ask(server)) for _ in range(4)]
        gate.set()
        assert {await one for one in asked} == {(200, b"hello")}
        assert server.connections == 4
        pool = await connections.find_pool()
        assert [len(idle) for idle in pool._idle.values()] == [2]


async def test_a_connection_that_was_idle_for_long_is_given_up(monkeypatch):
    async with serving(SIZED + b"hello", SIZED + b"again", SIZED + b"third") as server:
        await ask(server)
        await ask(server)
        assert server.connections == 1
        monkeypatch.setattr(connections, "IDLE_SECONDS", 0)
        await ask(server)
    assert server.connections == 2


async def test_a_connection_that_the_server_closed_meanwhile_is_noticed():
    async with serving(SIZED + b"hello", SIZED + b"again") as server:
        await ask(server)
        pool = await connections.find_pool()
        [[idle]] = pool._idle.values()
        idle.connection_lost(None)
        assert await ask(server) == (200, b"again")
    assert server.connections == 2


async def test_a_connection_that_the_server_closes_in_good_order_is_not_used_again():
    async with serving([SIZED + b"hello", "close"], SIZED + b"again") as server:
        await ask(server)
        await server.is_gone.wait()
        pool = await connections.find_pool()
        [[idle]] = pool._idle.values()
        await until(lambda: idle.is_closed)
        assert await ask(server) == (200, b"again")
    assert server.connections == 2


async def test_old_connections_go_when_another_comes_back(monkeypatch):
    gate = asyncio.Event()
    async with serving([gate, SIZED + b"hello"], [gate, SIZED + b"hello"]) as server:
        asked = [asyncio.create_task(ask(server)) for _ in range(2)]
        await until(lambda: len(server.requests) == 2)
        monkeypatch.setattr(connections, "IDLE_SECONDS", 0)
        gate.set()
        await asyncio.gather(*asked)
        [[idle]] = (await connections.find_pool())._idle.values()
    assert not idle.is_closed


async def test_an_answer_that_was_closed_can_be_looked_at_and_not_read():
    async with serving(SIZED + b"hello") as server:
        answer = await post(server.endpoint, b"{}", soon())
        await answer.close(is_whole=False)
        await answer.close(is_whole=True)
        assert (answer.status, answer.headers["content-length"]) == (200, "5")
        with pytest.raises(ConnectionError, match="closed"):
            await answer.read(soon())


async def test_a_connection_that_is_closed_at_the_very_moment_is_made_anew():
    async with serving(SIZED + b"hello", None, SIZED + b"again") as server:
        await ask(server)
        assert await ask(server) == (200, b"again")
    assert (server.connections, len(server.requests)) == (2, 3)


async def test_a_new_connection_that_is_closed_is_not_tried_again():
    async with serving(None, SIZED + b"never") as server:
        with pytest.raises(ConnectionError):
            await ask(server)
    assert len(server.requests) == 1


@pytest.mark.parametrize("answer", [[b"HTTP/1.1 200", None], [SIZED + b"hel", None], [CHUNKED + b"3\r\nhel\r\n", None]])
async def test_an_answer_that_breaks_off_is_an_error(answer):
    async with serving(answer) as server:
        with pytest.raises(ConnectionError):
            await ask(server)


async def test_an_answer_that_breaks_off_on_a_used_connection_is_not_asked_for_again():
    async with serving(SIZED + b"hello", [b"HTTP/1.1 200", None], SIZED + b"never") as server:
        await ask(server)
        with pytest.raises(ConnectionError):
            await ask(server)
    assert len(server.requests) == 2


async def test_what_is_no_http_is_an_error_and_closes():
    async with serving(b"SSH-2.0-OpenSSH\r\n\r\n", [CHUNKED + b"3\r\nhel\r\nno size\r\n"]) as server:
        with pytest.raises(ValueError, match="no head"):
            await ask(server)
        with pytest.raises(ConnectionError):
            await ask(server)
        await server.is_gone.wait()


async def test_what_came_before_a_break_can_be_read():
    async with serving([CHUNKED + b"3\r\nhel\r\n", None]) as server:
        answer = await post(server.endpoint, b"{}", soon())
        assert await answer.read(soon()) == b"hel"
        with pytest.raises(ConnectionError):
            await answer.read(soon())
        await answer.close(is_whole=False)


async def test_a_body_without_a_length_ends_with_its_connection():
    async with serving(b"HTTP/1.1 200 OK\r\n\r\nhello", SIZED + b"again") as server:
        answer = await post(server.endpoint, b"{}", soon())
        assert await answer.read(soon()) == b"hello"
        server.answers.clear()
        await answer.close(is_whole=False)
        await server.is_gone.wait()


async def test_a_server_that_says_nothing_is_waited_for_as_long_as_asked():
    never = asyncio.Event()
    async with serving([never], [SIZED + b"hel", never]) as server:
        with pytest.raises(TimeoutError):
            await post(server.endpoint, b"{}", soon(0.02))
        await server.is_gone.wait()
        answer = await post(server.endpoint, b"{}", soon())
        assert await answer.read(soon()) == b"hel"
        with pytest.raises(TimeoutError):
            await answer.read(soon(0.02))
        await answer.close(is_whole=False)
        never.set()


async def test_the_timer_of_a_long_wait_serves_the_next_one_too():
    gates = [asyncio.Event(), asyncio.Event()]
    async with serving([CHUNKED + b"1\r\na\r\n", gates[0], b"1\r\nb\r\n", gates[1], b"0\r\n\r\n"]) as server:
        answer = await post(server.endpoint, b"{}", soon())
        assert await answer.read(soon()) == b"a"
        waiting = asyncio.create_task(answer.read(soon(0.05)))
        await asyncio.sleep(0)
        gates[0].set()
        assert await waiting == b"b"
        waiting = asyncio.create_task(answer.read(soon(0.1)))
        # The timer of 0.05 s rings on the way and goes on.
        with pytest.raises(TimeoutError):
            await waiting
        await answer.close(is_whole=False)
        gates[1].set()


async def test_a_caller_who_leaves_closes_the_connection_at_once():
    async with serving([SIZED + b"hel", asyncio.Event()]) as server:
        answer = await post(server.endpoint, b"{}", soon())
        await answer.close(is_whole=False)
        await server.is_gone.wait()


async def test_a_caller_who_is_stopped_while_waiting_closes_the_connection():
    async with serving(SIZED + b"hello", [asyncio.Event()], [asyncio.Event()]) as server:
        await ask(server)
        for _ in range(2):
            asked = asyncio.create_task(ask(server))
            await until(lambda: len(server.requests) >= 2)
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asked
            await server.is_gone.wait()


async def test_an_answer_whose_end_comes_a_moment_later_keeps_its_connection():
    gate = asyncio.Event()
    async with serving([CHUNKED + b"6\r\n[DONE]\r\n", gate, b"3\r\nyes\r\n0\r\n\r\n"], SIZED + b"again") as server:
        answer = await post(server.endpoint, b"{}", soon())
        assert await answer.read(soon()) == b"[DONE]"
        await answer.close(is_whole=True)
        gate.set()
        pool = await connections.find_pool()
        await until(lambda: any(pool._idle.values()))
        assert await ask(server) == (200, b"again")
    assert server.connections == 1


async def test_an_answer_whose_end_does_not_come_is_given_up(monkeypatch):
    monkeypatch.setattr(connections, "LINGER_SECONDS", 0.01)
    async with serving([CHUNKED + b"6\r\n[DONE]\r\n", asyncio.Event()]) as server:
        answer = await post(server.endpoint, b"{}", soon())
        await answer.read(soon())
        await answer.close(is_whole=True)
        await server.is_gone.wait()


async def test_words_that_nobody_asked_for_close_an_idle_connection():
    gate = asyncio.Event()
    async with serving([SIZED + b"hello", gate, b"HTTP/1.1 200 OK\r\n\r\n"], SIZED + b"again") as server:
        await ask(server)
        gate.set()
        await server.is_gone.wait()
        server.is_gone.clear()
        assert await ask(server) == (200, b"again")
    assert server.connections == 2


async def test_a_slow_reader_slows_the_server_down(monkeypatch):
    monkeypatch.setattr(connections, "_HELD_BYTES", 1000)
    whole = 8 * 1024 * 1024
    slow = [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % whole, b"x" * whole]
    async with serving(slow, [CHUNKED + b"2000\r\n" + b"x" * 8192, asyncio.Event()]) as server:
        answer = await post(server.endpoint, b"{}", soon())
        await until(lambda: answer._connection._is_paused)
        assert answer._connection._held < whole / 2
        assert len(await read_all(answer, soon())) == whole
        await answer.close(is_whole=True)
        answer = await post(server.endpoint, b"{}", soon())
        await until(lambda: answer._connection._is_paused)
        await answer.close(is_whole=True)


async def test_a_body_that_is_too_long_is_refused():
    async with serving(SIZED + b"hello") as server:
        answer = await post(server.endpoint, b"{}", soon())
        with pytest.raises(ValueError, match="too long"):
            await read_all(answer, soon(), most=4)
        await answer.close(is_whole=False)
    assert ANSWER_BYTES > 10 * 1024 * 1024


async def test_a_server_that_is_not_there_is_not_reached():
    with pytest.raises(ConnectionError, match="not reached"):
        await post(make_endpoint("http://127.0.0.1:1", "/x", ""), b"", soon())
    with pytest.raises(ConnectionError, match="not reached"):
        await post(make_endpoint(f"http://{'x' * 64}.invalid", "/x", ""), b"", soon())


@pytest.fixture
def certificate(tmp_path):
    """Files of a key and a certificate that it signed itself, for this machine."""
    files = tmp_path / "certificate", tmp_path / "key"
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", *names]
    subprocess.run([*command, "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    return files


async def test_a_server_is_spoken_to_in_secret_if_its_certificate_is_known(certificate, monkeypatch):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    async with serving(SIZED + b"hello", SIZED + b"again", ssl=context) as server:
        with pytest.raises(ConnectionError, match="not reached"):
            await ask(server)
        monkeypatch.setattr(connections, "ssl_context", lambda: ssl.create_default_context(cafile=certificate[0]))
        assert [await ask(server), await ask(server)] == [(200, b"hello"), (200, b"again")]
    assert server.connections == 1


def test_an_event_loop_that_ends_closes_its_connections():
    async def use():
        async with serving(SIZED + b"hello") as server:
            await ask(server)
            pool = await connections.find_pool()
            [[idle]] = pool._idle.values()
            return idle

    assert asyncio.run(use()).is_closed
    assert len(connections._pools) == 0


@pytest.mark.parametrize(
    ("base_url", "key"),
    [("", ""), ("ftp://x", ""), ("http://", ""), ("http://x:port", ""), ("http://x", "two\r\nlines"), ("http://x", "schlüssel"), ("http://x\n", "")],
)
def test_an_address_or_a_key_that_cannot_be_is_refused(base_url, key):
    with pytest.raises(ValueError, match="no "):
        make_endpoint(base_url, "/x", key)


def test_an_endpoint_does_not_show_its_key():
    endpoint = make_endpoint("https://api.example.com/v1", "/chat/completions", "sk-secret")
    assert (endpoint.origin, endpoint.proxy) == (("https", "api.example.com", 443), None)
    assert b"POST /v1/chat/completions HTTP/1.1\r\nHost: api.example.com\r\n" in endpoint.head
    assert "sk-secret" not in repr(endpoint)
