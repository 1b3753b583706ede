"""A command holds the embedded services for its own duration, and only those it has no address for."""

from types import SimpleNamespace

import pytest

from config import embedded, lifetime, preflight


@pytest.fixture
def held(monkeypatch):
    """What was started and stopped, instead of doing it."""
    log: list[object] = []

    def ensure(var, wanted):
        log.append((wanted.postgres, wanted.redis))
        return SimpleNamespace(stop=lambda: log.append("stopped"))

    monkeypatch.setattr(embedded, "ensure_services", ensure)
    monkeypatch.setattr(preflight, "require_services", lambda **asked: log.append(asked))
    for name in ("DATABASE_URL", "REDIS_URL", "DATABASE_URL_FILE", "REDIS_URL_FILE"):
        monkeypatch.delenv(name, raising=False)
    return log


def test_a_command_holds_both(held):
    with lifetime.services_for(["shell"]):
        assert held == [(True, True)]
    assert held == [(True, True), "stopped"]


def test_they_are_let_go_where_the_command_fails(held):
    with pytest.raises(RuntimeError), lifetime.services_for(["shell"]):
        raise RuntimeError
    assert held[-1] == "stopped"


@pytest.mark.parametrize("arguments", [[], ["help"], ["collectstatic"]])
def test_a_command_that_needs_none_holds_none(held, arguments):
    with lifetime.services_for(arguments):
        assert held == []


def test_only_what_has_no_address_is_held(held, monkeypatch):
    monkeypatch.setenv("DATABASE_URL_FILE", "/run/secrets/database_url")
    with lifetime.services_for(["shell"]):
        assert held == [(False, True)]


def test_with_both_addresses_a_process_only_asks_whether_they_answer(held, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/quire")
    monkeypatch.setenv("REDIS_URL", "redis://db")
    with lifetime.services_for(["run_agents"]):
        assert held == [{"database": True, "redis": True}]


def test_services_that_cannot_start_are_one_line(held, monkeypatch):
    def fail(*_):
        raise embedded.EmbeddedError("Postgres is missing")

    monkeypatch.setattr(embedded, "ensure_services", fail)
    with pytest.raises(SystemExit, match=r"^Quire: Postgres is missing$"), lifetime.services_for(["shell"]):
        pass
