"""The ground of every test: real Postgres as the app's role, the real Redis-compatible server, and the cast.

alice owns the workspace Acme, bob is her teammate, charlie owns another workspace, root is the operator.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from channels.layers import channel_layers
from django.conf import settings
from django.test import Client, TransactionTestCase

from config.database_url import django_database
from config.embedded import ensure_services
from tests.database import TestDatabases

pytest_plugins = ["tests.fakes.plugin", "tests.processes"] if (Path(__file__).parent / "fakes" / "plugin.py").exists() else []
PASSWORD = "a long enough passphrase"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rights", choices=("sample", "full", "write"), default="sample", help="how much of tests/rights is tried")
    parser.addoption("--injections", choices=("sample", "full"), default="sample", help="how many poisoned documents an obedient model reads")
    parser.addoption("--gateway-examples", type=int, default=0, help="how many sequences the ledger's stateful test tries; 0: a few")
    parser.addoption("--rights-sequences", type=int, default=0, help="how many sequences the stateful test tries; 0: a few")


def pytest_configure(config: pytest.Config) -> None:
    """Hold the tests' own services: fresh ones, or those of a run beside this one. The last to leave stops and removes them."""
    config.quire_services = services = ensure_services(settings.QUIRE_VAR, is_scratch=True)  # type: ignore[attr-defined]
    # A run that ended since the settings were read may have taken the passwords away that they name.
    for alias, url in (("default", services.database_url), ("owner", services.owner_database_url)):
        settings.DATABASES[alias]["PASSWORD"] = django_database(url)["PASSWORD"]


def pytest_unconfigure(config: pytest.Config) -> None:
    from apps.accounts.services import audit_writer
    from apps.gateway.ledger import settling

    # What tests without a database counted as lost is nothing to tell at the end.
    audit_writer.WRITER.reset()
    settling.WRITER.reset()
    if services := getattr(config, "quire_services", None):
        services.stop()


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_blocker) -> Iterator[None]:
    """A database of this worker's own, copied from a template that was migrated once for these migrations."""
    databases = TestDatabases(request.config.quire_services.owner_database_url)
    name = f"test_{os.getpid()}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with django_db_blocker.unblock():
        databases.create(name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: databases.empty(name))
        yield


@pytest.fixture(scope="session", autouse=True)
def _own_slots(tmp_path_factory) -> Iterator[None]:
    """Runs beside this one would take the one embedder's place from it."""
    folder = tmp_path_factory.mktemp("slots")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("apps.documents.services.slots.slots_folder", lambda: folder)
        yield


@pytest.fixture(autouse=True)
def _own_channel_layer() -> Iterator[None]:
    """What a test's closed loop left in the middle of a receive is of no use to the next test's loop."""
    yield
    channel_layers.backends.clear()


@pytest.fixture(autouse=True)
def _healthy_models(monkeypatch) -> Iterator[None]:
    """No test leaves a model alone for what it did in another one, in this process or in one beside it."""
    from apps.gateway.resilience import health, shared

    monkeypatch.setattr(shared, "PREFIX", f"quire:breaker:{uuid4().hex}:")
    yield
    health.reset()


@pytest.fixture(autouse=True)
def _own_catalogue(monkeypatch) -> None:
    """Rows of a test before this one are gone, and those of this one may have the same version."""
    from apps.gateway import catalogue

    monkeypatch.setattr(catalogue, "_picture", catalogue._EMPTY)
    monkeypatch.setattr(catalogue, "_looked_at", float("-inf"))


@pytest.fixture(autouse=True)
def _nothing_past_the_transaction(request, monkeypatch) -> None:
    """What is written from an event loop is written on a connection of its own: past the transaction of a test that rolls one back, and so
    into the next test. There it is left out."""
    marker = request.node.get_closest_marker("django_db")
    if "transactional_db" in request.fixturenames or (marker is not None and marker.kwargs.get("transaction")):
        return
    monkeypatch.setattr("apps.gateway.openai_api.door.note", lambda *about, **detail: None)
    monkeypatch.setattr("apps.gateway.steps.recorded.settle", lambda settlement: None)


@pytest.fixture
def catalogue_held_still(db, monkeypatch) -> None:
    """The catalogue is looked at every half second: a page would have its query at one moment and not at another."""
    from apps.gateway import catalogue

    catalogue.current_sync()
    monkeypatch.setattr(catalogue, "LOOK_SECONDS", float("inf"))


@pytest.fixture
def make_user(db):
    from apps.accounts.models import User

    def make(name: str, **fields):
        return User.objects.create_user(f"{name}@example.org", PASSWORD, name=name.capitalize(), **fields)

    return make


@pytest.fixture
def alice(make_user):
    return make_user("alice")


@pytest.fixture
def bob(make_user):
    return make_user("bob")


@pytest.fixture
def charlie(make_user):
    return make_user("charlie")


@pytest.fixture
def root(make_user):
    return make_user("root", operator_role="administrator")


@pytest.fixture
def acme(alice, bob):
    from apps.accounts.models import Membership, RoleName
    from apps.accounts.services.people import create_workspace

    workspace = create_workspace(name="Acme", owner=alice)
    Membership.objects.create(user=bob, workspace=workspace, role=RoleName.MEMBER)
    return workspace


@pytest.fixture
def other(charlie):
    from apps.accounts.services.people import create_workspace

    return create_workspace(name="Other", owner=charlie)


@pytest.fixture
def reader_of() -> Callable:
    from apps.accounts.selectors.readers import get_reader

    return lambda user, workspace: get_reader(user, workspace.slug)


@pytest.fixture
def alice_reader(alice, acme, reader_of):
    return reader_of(alice, acme)


@pytest.fixture
def bob_reader(bob, acme, reader_of):
    return reader_of(bob, acme)


@pytest.fixture
def charlie_reader(charlie, other, reader_of):
    return reader_of(charlie, other)


@pytest.fixture
def client_for() -> Callable[..., Client]:
    def make(user=None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    return make
