"""A download that is under way ends with the right to it, however slowly it is read."""

import asyncio

import pytest
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import OperationalError
from django.urls import reverse

from apps.accounts.models import Membership, User
from apps.common.db import run_db
from apps.documents.models import Collection, Document, DocumentGrant
from apps.documents.services.documents import purge_document
from apps.documents.views import source
from config.transfers import CUT
from tests.chat.stage import eventually

pytestmark = pytest.mark.django_db(transaction=True)

PIECE = 256 * 1024


class Download:
    """A reader of a file over the real application, who takes one piece and then waits."""

    def __init__(self, path, cookie):
        headers = [(b"host", b"localhost"), (b"cookie", f"sessionid={cookie}".encode())]
        self.scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers, "client": ["127.0.0.1", 1], "scheme": "http"}
        self.said, self.byte_count, self.has_piece, self.goes_on = [], 0, asyncio.Event(), asyncio.Event()
        self.goes_away, self.is_asked = asyncio.Event(), False

    async def __aenter__(self):
        from config.asgi import application

        self.task = asyncio.create_task(application(self.scope, self._receive, self._send))
        await asyncio.wait_for(self.has_piece.wait(), 10)
        return self

    async def __aexit__(self, *exception):
        self.goes_away.set()
        await asyncio.wait_for(self.task, 10)

    async def _receive(self):
        if self.is_asked:
            await self.goes_away.wait()
            return {"type": "http.disconnect"}
        self.is_asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message):
        self.said.append(message["type"])
        if message["type"] == CUT:
            return
        self.byte_count += len(message.get("body", b""))
        if self.byte_count:
            self.has_piece.set()
            await self.goes_on.wait()


@pytest.fixture(autouse=True)
def _often(monkeypatch):
    monkeypatch.setattr(source, "LOOK_SECONDS", 0.05)


@pytest.fixture
def document(alice, acme, bob_reader):
    shelf = Collection.objects.create(workspace=acme, name="Shelf", slug="shelf")
    place = default_storage.save("documents/big", ContentFile(b"x" * 4 * PIECE))
    facts = {"kind": "text", "sha256": "0" * 64, "byte_size": 4 * PIECE, "original": place, "source_name": "big.txt", "state": "ready"}
    document = Document.objects.create(collection=shelf, owner=alice, title="Big", access="restricted", **facts)
    DocumentGrant.objects.create(document=document, member_id=bob_reader.membership_id)
    return document


@pytest.fixture
def download(acme, bob, document, client_for):
    cookie = client_for(bob).cookies["sessionid"].value
    return Download(reverse("documents:original", args=[acme.slug, document.pk]), cookie)


CHANGES = {
    "grant": lambda bob, document: DocumentGrant.objects.all().delete(),
    "access": lambda bob, document: Document.objects.update(access="internal"),
    "left": lambda bob, document: Membership.objects.filter(user=bob).delete(),
    "switched off": lambda bob, document: User.objects.filter(pk=bob.pk).update(is_active=False),
    "password": lambda bob, document: User.objects.filter(pk=bob.pk).update(password="x"),
    "signed out": lambda bob, document: Session.objects.all().delete(),
    "deleted": lambda bob, document: purge_document(document),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_it_is_cut_off_while_its_reader_takes_nothing(change, download, bob, document):
    async with download:
        await run_db(change, bob, document)
        await asyncio.wait_for(download.task, 5)
    assert download.said[-1] == CUT
    assert download.byte_count < 4 * PIECE


async def test_a_change_that_leaves_it_open_lets_it_go_on(download, bob, document):
    async with download:
        await run_db(lambda: Membership.objects.filter(user=bob).update(role="viewer"))
        await asyncio.sleep(0.2)
        download.goes_on.set()
        await asyncio.wait_for(download.task, 5)
    assert download.byte_count == 4 * PIECE
    assert CUT not in download.said


async def test_what_cannot_be_looked_after_is_not_handed_over(download, monkeypatch):
    async def away(*arguments):
        raise OperationalError

    monkeypatch.setattr(source, "run_db", away)
    async with download:
        await asyncio.wait_for(download.task, 5)
    assert download.said[-1] == CUT


async def test_who_goes_away_is_looked_after_no_more(download):
    async with download:
        pass
    await eventually(lambda: not [task for task in asyncio.all_tasks() if "_look_after" in repr(task.get_coro())])
