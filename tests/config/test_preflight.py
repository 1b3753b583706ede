"""A database or a Redis that does not answer is one line that says which and where, before anything starts."""

import os
import subprocess
import sys

import pytest

from config.database_url import django_database
from config.embedded import service_urls
from config.preflight import postgres_problem, redis_problem
from tests.config.conftest import ROOT

NOBODY = {"DATABASE_URL": "postgresql://quire_app:hidden@127.0.0.1:1/quire", "REDIS_URL": "redis://:hidden@127.0.0.1:2/0"}
WEB = "-m daphne --port 0 config.asgi:application"
COMMANDS = [WEB, "manage.py run_agents", "-m celery -A config worker", "-m celery -A config beat", "-m config.serve"]


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_each_process_ends_with_one_line_that_names_both(command, tmp_path):
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("QUIRE_", "COV_"))}
    environment = {**inherited, **NOBODY, "QUIRE_VAR": str(tmp_path), "PORT": "65431", "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run([sys.executable, *command.split()], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    said = [line for line in done.stderr.splitlines() if line.startswith("Quire: ")]
    assert done.returncode == 1
    assert len(said) == 1
    assert "Postgres at 127.0.0.1:1/quire does not answer: Connection refused (check DATABASE_URL)" in said[0]
    assert "Redis at 127.0.0.1:2 does not answer: Connection refused (check REDIS_URL)" in said[0]
    assert "hidden" not in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_is_said_of_services_that_answer(shared):
    urls = service_urls(shared.var)
    assert postgres_problem(django_database(urls.database_url)) == ""
    assert redis_problem(urls.redis_url) == ""


def test_a_refused_password_is_the_cause_that_is_told(shared):
    database = django_database(service_urls(shared.var).database_url) | {"PASSWORD": "guess"}
    assert 'password authentication failed for user "quire_app" (check DATABASE_URL)' in postgres_problem(database)


def test_embedded_services_that_do_not_run_are_started_by_make_serve(tmp_path):
    assert "start it with make serve" in redis_problem(f"unix://{tmp_path}/valkey.sock", is_embedded=True)
