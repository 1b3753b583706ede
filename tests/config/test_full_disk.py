"""A disk that is full while a body comes in is told in words, before Django sees anything of it."""

import errno
import json

import pytest

from config.full_disk import full_answer, tell_full_disk
from tests.config.served import served
from tests.config.test_body_limit import post

SERVER = """
import io, sys
sys.path.insert(0, sys.argv[2])
from config.body_limit import limit_bodies
from daphne.server import Server
from twisted.web import http

class Full(io.BytesIO):
    def write(self, data):
        # /dev/full says it as a disk does.
        with open("/dev/full", "wb", buffering=0) as disk:
            disk.write(data)

async def application(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"whole"})

kept = http._getContentFile
http._getContentFile = lambda length: Full() if length is not None and length > 200 else kept(length)
limit_bodies(100_000)
Server(application, endpoints=[f"tcp:port={sys.argv[1]}:interface=127.0.0.1"], signal_handlers=False).run()
"""


@pytest.fixture(scope="module")
def port():
    with served(SERVER) as number:
        yield number


def test_a_body_that_finds_no_room_is_taken_to_its_end_and_answered(port):
    answer = post(port, b"Content-Length: 50000\r\n", b"x" * 50_000)
    assert answer.startswith(b"HTTP/1.1 507 ")
    assert b"There is no room left for files" in answer


def test_the_next_request_is_served(port):
    assert post(port, b"Content-Length: 10\r\nConnection: close\r\n", b"x" * 10).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(("path", "accept"), [(b"/api/v1/documents", b""), (b"/w/acme/", b"application/json")])
def test_programs_get_a_problem(path, accept):
    kind, body = full_answer(path, accept)
    assert (kind, json.loads(body)["code"]) == (b"application/problem+json", "storage_full")


async def ask(application):
    sent = []

    async def send(message):
        sent.append(message)

    await tell_full_disk(application)({"path": "/", "headers": []}, None, send)
    return sent


async def test_a_disk_that_is_full_before_the_answer_is_told():
    async def application(*_):
        raise OSError(errno.ENOSPC, "no")

    start, body = await ask(application)
    assert (start["status"], body["body"][:8]) == (507, b"There is")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EPIPE])
async def test_other_trouble_and_answers_that_began_are_left_alone(number):
    async def application(scope, receive, send):
        if number == errno.ENOSPC:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise OSError(number, "no")

    with pytest.raises(OSError, match="no"):
        await ask(application)
