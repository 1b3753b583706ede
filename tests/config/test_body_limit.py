"""No stranger fills the disk: a body far over the limit is cut off while it arrives."""

import socket

import pytest

from tests.config.served import served

SERVER = """
import sys
sys.path.insert(0, sys.argv[2])
from config.body_limit import limit_bodies
from daphne.server import Server

async def application(scope, receive, send):
    size, more = 0, True
    while more:
        event = await receive()
        size, more = size + len(event.get("body", b"")), event.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})

limit_bodies(10), limit_bodies(1000)
Server(application, endpoints=[f"tcp:port={sys.argv[1]}:interface=127.0.0.1"], signal_handlers=False).run()
"""


@pytest.fixture(scope="module")
def port():
    with served(SERVER) as number:
        yield number


def post(port: int, headers: bytes, body: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\n" + headers + b"\r\n" + body)
        return connection.recv(4096)


def test_a_body_within_the_limit_arrives_whole(port):
    assert post(port, b"Content-Length: 1000\r\nConnection: close\r\n", b"x" * 1000).startswith(b"HTTP/1.1 200")


def test_a_length_over_the_limit_is_refused_before_a_byte_of_it(port):
    assert post(port, b"Content-Length: 99999999999\r\n", b"").startswith(b"HTTP/1.1 413")


def test_chunks_without_a_length_are_counted(port):
    chunk = b"200\r\n" + b"x" * 512 + b"\r\n"
    assert post(port, b"Transfer-Encoding: chunked\r\n", chunk * 2).startswith(b"HTTP/1.1 413")
