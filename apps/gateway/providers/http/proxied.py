"""The same through a proxy, as a company's network may want it: by httpx2, which speaks to every kind of them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

import httpx2

from apps.gateway.providers.http.connections import CONNECT_SECONDS, IDLE_CONNECTIONS, IDLE_SECONDS, ssl_context
from apps.gateway.providers.http.endpoint import Endpoint

_transports: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, httpx2.AsyncHTTPTransport]] = WeakKeyDictionary()


class ProxiedAnswer:
    def __init__(self, response: httpx2.Response) -> None:
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self._response = response
        self._pieces = response.aiter_raw()

    async def read(self, until: float) -> bytes:
        with _our_errors():
            async with asyncio.timeout_at(until):
                return await anext(self._pieces, b"")

    async def close(self, *, is_whole: bool) -> None:
        with _our_errors():
            await self._response.aclose()


async def post_by_proxy(endpoint: Endpoint, body: bytes, until: float) -> ProxiedAnswer:
    timeouts = {"connect": CONNECT_SECONDS, "pool": CONNECT_SECONDS}
    request = httpx2.Request("POST", endpoint.url, headers=endpoint.headers, content=body, extensions={"timeout": timeouts})
    with _our_errors():
        async with asyncio.timeout_at(until):
            return ProxiedAnswer(await _transport(endpoint.proxy or "").handle_async_request(request))


def _transport(proxy: str) -> httpx2.AsyncHTTPTransport:
    mine = _transports.setdefault(asyncio.get_running_loop(), {})
    if proxy not in mine:
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=IDLE_CONNECTIONS, keepalive_expiry=IDLE_SECONDS)
        mine[proxy] = httpx2.AsyncHTTPTransport(verify=ssl_context(), limits=limits, proxy=proxy)
    return mine[proxy]


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except (httpx2.HTTPError, ImportError, ValueError) as error:
        # Also a proxy of a kind that nobody knows. The error may hold its password.
        raise ConnectionError(type(error).__name__) from None
