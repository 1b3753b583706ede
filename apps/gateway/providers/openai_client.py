"""HTTP clients for OpenAI-compatible servers: one an event loop, as a connection belongs to the loop it was opened in."""

import asyncio
import ssl
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

import httpx2
from openai import AsyncOpenAI

# Servers on the own network often want no key, but the client insists on one.
NO_KEY = "none"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. A small machine reads a long prompt for a minute and more before its first word."""

    connect: float = 5.0
    first_token: float = 120.0
    silence: float = 60.0
    embedding: float = 60.0


@lru_cache(maxsize=1)
def ssl_context() -> ssl.SSLContext:
    """One a process: reading the system's certificates takes as long as a short answer. Providers make it before a loop waits for it."""
    return httpx2.create_ssl_context()


_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx2.AsyncClient] = WeakKeyDictionary()


def http_client(timeouts: Timeouts) -> httpx2.AsyncClient:
    """This loop's client. It has a time-out for connecting only; callers put their own around what they wait for."""
    loop = asyncio.get_running_loop()
    client = _clients.get(loop)
    if client is None or client.is_closed:
        client = _clients[loop] = httpx2.AsyncClient(verify=ssl_context(), timeout=httpx2.Timeout(None, connect=timeouts.connect), follow_redirects=False)
    return client


def openai_client(base_url: str, api_key: str, timeouts: Timeouts) -> AsyncOpenAI:
    """A client without retries of its own: there is one retry loop in Quire, not one in every library."""
    return AsyncOpenAI(base_url=base_url, api_key=api_key or NO_KEY, http_client=http_client(timeouts), max_retries=0)
