"""Real processes of the product on the test's own services, for what only their end shows."""

import os
import signal
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest
from django.db import connection

from tests.docs.pages import ROOT


@pytest.fixture
def start(request, tmp_path):
    services = request.config.quire_services
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("QUIRE_", "COV_", "DJANGO_", "PYTEST_"))}
    environment = {
        **inherited,
        "DATABASE_URL": urlsplit(services.database_url)._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
        "REDIS_URL": services.redis_url,
        "QUIRE_VAR": str(tmp_path),
        "QUIRE_AUDIT_BATCH_MS": "60000",
        "QUIRE_LOG_LEVEL": "INFO",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": f"{ROOT}:{tmp_path}",
    }
    children = []

    def launch(*command):
        path = tmp_path / f"log-{len(children)}"
        with path.open("w") as log:
            child = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stderr=log, stdout=log)
        child.log = path
        children.append(child)
        return child

    yield launch
    for child in children:
        child.kill()
        child.wait()


def said(child):
    return child.log.read_text()


def wait_for(child, is_so, seconds=60):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert child.poll() is None, said(child)
        assert time.monotonic() < deadline, said(child)
        time.sleep(0.05)


def end(child):
    child.send_signal(signal.SIGTERM)
    child.wait(30)
