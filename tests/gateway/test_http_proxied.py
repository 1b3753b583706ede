"""Model servers behind a proxy."""

import asyncio

import pytest

from apps.gateway.providers.http import post, read_all
from apps.gateway.providers.http.endpoint import make_endpoint
from tests.fakes.raw_server import serving

SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: 1\r\n\r\n"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def soon(seconds=30):
    return asyncio.get_running_loop().time() + seconds


def through(server, monkeypatch, base_url="http://model.example/v1"):
    monkeypatch.setenv("http_proxy", f"http://user:sk-password@127.0.0.1:{server.endpoint.port}")
    return make_endpoint(base_url, "/rerank", "sk-key")


async def test_a_request_goes_through_the_proxy_and_its_connection_is_kept(monkeypatch):
    async with serving(SIZED + b"hello", SIZED + b"again") as server:
        endpoint = through(server, monkeypatch)
        for said in (b"hello", b"again"):
            answer = await post(endpoint, b"{}", soon())
            assert (answer.status, answer.headers["x-a"], await read_all(answer, soon())) == (200, "1", said)
            await answer.close(is_whole=True)
    head, body = server.requests[0]
    assert head.startswith(b"POST http://model.example/v1/rerank HTTP/1.1\r\n")
    assert b"authorization: bearer sk-key" in head.lower()
    assert (body, server.connections) == (b"{}", 1)
    assert "sk-password" not in repr(endpoint)


async def test_what_breaks_on_the_way_is_our_own_error(monkeypatch):
    async with serving(None, [SIZED + b"hel", None]) as server:
        endpoint = through(server, monkeypatch)
        with pytest.raises(ConnectionError):
            await post(endpoint, b"{}", soon())
        answer = await post(endpoint, b"{}", soon())
        with pytest.raises(ConnectionError):
            await read_all(answer, soon())
        await answer.close(is_whole=False)


async def test_a_silent_proxy_is_waited_for_as_long_as_asked(monkeypatch):
    async with serving([asyncio.Event()], [SIZED + b"hel", asyncio.Event()]) as server:
        endpoint = through(server, monkeypatch)
        with pytest.raises(TimeoutError):
            await post(endpoint, b"{}", soon(0.5))
        answer = await post(endpoint, b"{}", soon())
        with pytest.raises(TimeoutError):
            await read_all(answer, soon(0.5))
        await answer.close(is_whole=False)
        await server.is_gone.wait()


async def test_a_proxy_of_an_unknown_kind_is_not_reached(monkeypatch):
    monkeypatch.setenv("http_proxy", "gopher://127.0.0.1:1")
    with pytest.raises(ConnectionError) as caught:
        await post(make_endpoint("http://model.example", "/rerank", ""), b"{}", soon())
    assert "127.0.0.1" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "proxy"),
    [
        ("https_proxy", "http://proxy:1", "http://proxy:1"),
        ("all_proxy", "socks5://proxy:1", "socks5://proxy:1"),
        ("http_proxy", "http://proxy:1", None),
        ("no_proxy", "example.com", None),
    ],
)
def test_the_environment_says_which_proxy(monkeypatch, name, value, proxy):
    monkeypatch.setenv(name, value)
    assert make_endpoint("https://api.example.com/v1", "/x", "").proxy == proxy


def test_what_needs_no_proxy_has_none(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://proxy:1")
    monkeypatch.setenv("no_proxy", ".example.com")
    for host in ("api.example.com", "localhost:11434", "127.0.0.1", "[::1]:8000"):
        assert make_endpoint(f"https://{host}/v1", "/x", "").proxy is None
    assert make_endpoint("https://api.example.org/v1", "/x", "").proxy == "http://proxy:1"
