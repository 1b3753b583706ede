import asyncio

import pytest

from tools.gateway.client import Address
from tools.gateway.upstream import Connection, Upstream


@pytest.fixture
async def upstream():
    """The scripted upstream in this very loop; `address` is where it answers."""
    upstream = Upstream()
    connections = []

    def connect():
        connections.append(Connection(upstream))
        return connections[-1]

    server = await asyncio.get_running_loop().create_server(connect, "127.0.0.1", 0)
    upstream.address = Address(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
    yield upstream
    server.close()
    for connection in connections:
        connection.transport.abort()
