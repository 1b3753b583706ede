import json

import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator
from django.test import Client
from django.urls import reverse

from apps.chat.services.asking import ask_question
from tests.chat.stage import Stage, shelve

LINUX = "Quire runs on Linux. It needs Python."
LIMIT = "The limit is 50 megabytes a file."


@pytest.fixture
def stage(monkeypatch):
    stage = Stage()
    monkeypatch.setattr("apps.chat.tools.search.search", stage.search)
    monkeypatch.setattr("apps.chat.tools.complete.complete", stage.complete)
    monkeypatch.setattr("apps.chat.tools.checking.embed", stage.embed)
    return stage


@pytest.fixture
def carry_out(stage):
    return async_to_sync(stage.carry_out)


@pytest.fixture
def shelf(alice_reader, stage):
    """Two passages of a document that all of Acme may read; the search finds them."""
    stage.passages = shelve(alice_reader, LINUX, LIMIT)
    return stage.passages


@pytest.fixture
def run(alice_reader, transactional_db):
    return ask_question(alice_reader, text="Where does Quire run?")


@pytest.fixture
def answered(run, stage, shelf, carry_out):
    """Alice's question with its answer, which cites the page it stands on."""
    stage.answers = [["Quire runs on Linux. [1]"]]
    carry_out()
    run.refresh_from_db()
    return run


@pytest.fixture
def address(acme):
    """The address of one of the chat's pages in Acme."""
    return lambda name, *arguments: reverse(f"chat:{name}", args=[acme.slug, *arguments])


@pytest.fixture
def asking_client(client_for):
    """A client as the page's own script uses it: a fragment for an answer."""

    def make(user) -> Client:
        client = client_for(user)
        client.defaults["HTTP_X_QUIRE_FRAGMENT"] = "1"
        return client

    return make


@pytest.fixture
def open_socket(client_for):
    """A page's socket through the real door of config.asgi."""
    from config.asgi import application

    def make(user=None, *, origin="http://localhost", cookie=None) -> WebsocketCommunicator:
        headers = [(b"host", b"localhost"), (b"origin", origin.encode())]
        if user is not None:
            headers.append((b"cookie", f"sessionid={client_for(user).cookies['sessionid'].value}".encode()))
        return WebsocketCommunicator(application, "/ws/", headers=headers)

    return make


@pytest.fixture
def say():
    async def send(socket, **message):
        await socket.send_to(text_data=json.dumps(message))

    return send
