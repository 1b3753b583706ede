"""What is sent waits for whoever reads it; what breaks off is cut, at once and with all that waits in it."""

import socket
import time

import pytest

from config.transfers import CUT, keep_in_step
from tests.config.served import served

SERVER = """
import asyncio, sys
sys.path.insert(0, sys.argv[2])
from config import transfers
from daphne.server import Server

sent, told = 0, asyncio.Event()
PIECE = b"x" * 262144

async def application(scope, receive, send):
    global sent
    path = scope["path"]
    if path == "/sent":
        return await answer(send, str(sent).encode())
    if path == "/cut":
        told.set()
        return await answer(send, b"")
    sent = 0
    await send({"type": "http.response.start", "status": 200, "headers": [(b"Content-Length", b"104857600")]})
    sending = asyncio.ensure_future(pieces(send))
    if path == "/until-told":
        await told.wait()
        sending.cancel()
        return
    if path == "/fails":
        await asyncio.sleep(0.2)
        raise RuntimeError("in the middle")
    await sending
    await send({"type": "http.response.body"})

async def pieces(send):
    global sent
    for _ in range(400):
        await send({"type": "http.response.body", "body": PIECE, "more_body": True})
        sent += len(PIECE)

async def answer(send, body):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"Content-Length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})

transfers.STALLED_SECONDS = 3
application = transfers.keep_in_step(application)
Server(application, endpoints=[f"tcp:port={sys.argv[1]}:interface=127.0.0.1"], signal_handlers=False).run()
"""


@pytest.fixture
def port():
    with served(SERVER) as number:
        yield number


def begin(port: int, path: str) -> socket.socket:
    """Ask with a small buffer of one's own, so that what waits, waits at the server."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(20)
    connection.connect(("127.0.0.1", port))
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return connection


def get(port: int, path: str) -> bytes:
    with begin(port, path) as connection:
        return connection.recv(4096).partition(b"\r\n\r\n")[2]


def read_all(connection: socket.socket) -> int:
    """How many bytes came; raises ConnectionResetError where it was cut."""
    count = 0
    while piece := connection.recv(1 << 20):
        count += len(piece)
        if count >= 104857600:
            return count
    return count


def is_cut(connection: socket.socket) -> bool:
    try:
        while connection.recv(1 << 16):
            pass
    except ConnectionResetError:
        return True
    return False


def test_who_reads_gets_all_of_it(port):
    with begin(port, "/whole") as connection:
        assert read_all(connection) >= 104857600


def test_who_does_not_read_is_not_written_for(port):
    with begin(port, "/whole") as connection:
        connection.recv(100)
        time.sleep(0.5)
        assert int(get(port, "/sent")) < 20 * 1024 * 1024


def test_who_takes_nothing_for_long_is_cut_off(port):
    with begin(port, "/whole") as connection:
        time.sleep(4)
        assert is_cut(connection)


def test_an_answer_that_ends_early_is_cut_with_what_waits_in_it(port):
    with begin(port, "/until-told") as connection:
        connection.recv(100)
        time.sleep(0.3)
        get(port, "/cut")
        time.sleep(0.2)
        assert is_cut(connection)


def test_an_answer_that_fails_is_cut_and_the_server_goes_on(port):
    with begin(port, "/fails") as connection:
        assert is_cut(connection)
    time.sleep(1.1)
    assert get(port, "/sent").isdigit()


def test_who_goes_away_is_forgotten(port):
    begin(port, "/whole").close()
    with begin(port, "/whole") as connection:
        assert read_all(connection) >= 104857600


# --- the wrapper alone


async def said_by(application):
    said = []

    async def send(message):
        said.append(message["type"])

    await keep_in_step(application)({"type": "http"}, None, send)
    return said


async def test_a_whole_answer_is_left_alone():
    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "more_body": True})
        await send({"type": "http.response.body"})

    assert await said_by(application) == ["http.response.start", "http.response.body", "http.response.body"]


async def test_half_an_answer_is_cut():
    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "more_body": True})

    assert (await said_by(application))[-1] == CUT


async def test_an_error_before_the_answer_is_the_servers():
    async def application(scope, receive, send):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await said_by(application)
