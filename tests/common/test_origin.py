"""A socket opens only for pages of our own origin."""

import pytest
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.testing import WebsocketCommunicator

from apps.common.origin import SameOriginOnly

# A consumer closes the connections that its thread was left with, whoever opened them.
pytestmark = pytest.mark.django_db


async def connects(origin, host="quire.example:8000"):
    headers = [(b"host", host.encode()), *([(b"origin", origin.encode())] if origin else [])]
    socket = WebsocketCommunicator(SameOriginOnly(AsyncWebsocketConsumer.as_asgi()), "/ws/", headers=headers)
    accepted, _ = await socket.connect()
    await socket.disconnect()
    return accepted


@pytest.fixture(autouse=True)
def _hosts(settings):
    settings.ALLOWED_HOSTS = ["quire.example"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://quire.example"]


@pytest.mark.parametrize("origin", ["http://quire.example:8000", "https://quire.example"])
async def test_our_own_pages_may(origin):
    assert await connects(origin)


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://quire.example:9000", "null", "", "https://quire.example.evil.example"],
)
async def test_no_other_page_may(origin):
    assert not await connects(origin)


async def test_a_host_that_is_not_ours_is_refused_even_if_the_page_is_from_there():
    assert not await connects("http://rebound.example", host="rebound.example")
