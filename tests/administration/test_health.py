"""What a load balancer asks."""

import pytest
from django.db import DatabaseError

from apps.administration import health


@pytest.fixture(autouse=True)
def _forget():
    health._seen["migrated"] = False


def test_live_touches_nothing(client):
    response = client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "live"})


@pytest.mark.django_db
def test_ready_names_what_a_request_needs(client):
    for _ in range(2):
        response = client.get("/health/ready")
        assert (response.status_code, response.json()) == (200, {"status": "ready", "postgres": "ok", "redis": "ok", "migrations": "ok"})


@pytest.mark.django_db
def test_a_redis_that_is_away_is_named(client, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/none.sock"
    response = client.get("/health/ready")
    assert (response.status_code, response.json()["redis"]) == (503, "unavailable")


@pytest.mark.django_db
def test_tables_that_are_behind_are_named(client, monkeypatch):
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda *args: ["something"])
    assert client.get("/health/ready").json()["migrations"] == "behind"


def test_a_postgres_that_is_away_is_named(client, monkeypatch):
    def refuse():
        raise DatabaseError

    monkeypatch.setitem(health._CHECKS, "postgres", refuse)
    monkeypatch.setitem(health._CHECKS, "migrations", refuse)
    response = client.get("/health/ready")
    assert (response.status_code, response.json()["postgres"]) == (503, "unavailable")
