import asyncio

import pytest

from apps.accounts.services.keys import make_key
from apps.chat.services import agents as agents_module
from apps.chat.services.agents import AgentsProcess
from apps.chat.services.execution import execute_run
from apps.documents.models import Collection
from tests.gateway.openai_api.conftest import _nothing_kept, connect  # noqa: F401  (fixtures)

SCOPES = ("model.call", "chat.ask", "document.view")


@pytest.fixture
def make_text(alice_reader):
    return lambda *scopes: make_key(alice_reader, name="program", scopes=scopes or SCOPES)[1]


@pytest.fixture
def text(make_text):
    return make_text()


@pytest.fixture
def bobs_text(bob_reader):
    return make_key(bob_reader, name="program", scopes=SCOPES)[1]


@pytest.fixture
def handbook(acme):
    return Collection.objects.create(workspace=acme, name="Handbook", slug="handbook", everyone="read")


@pytest.fixture
async def agents(monkeypatch, stage, transactional_db):
    monkeypatch.setattr(agents_module, "POLL_SECONDS", 0.02)
    process = AgentsProcess(execute_run, concurrency=4, grace_seconds=0.1)
    task = asyncio.create_task(process.run())
    yield process
    process.leave()
    await task
