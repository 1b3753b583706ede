"""What real processes noted is written when SIGTERM ends them, also what was waiting for a minute's batch."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
from django.db import connection

from apps.accounts.models import AuditEntry
from tests.docs.pages import ROOT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

AGENTS = """
import sys, threading, time
import django
django.setup()
from django.core.management import call_command
from apps.accounts.services.audit import note
from apps.accounts.services.audit_writer import WRITER
def work():
    while not WRITER.seconds:
        time.sleep(0.05)
    for number in range(20):
        note("probe.made", number=number)
    print("noted", file=sys.stderr, flush=True)
threading.Thread(target=work).start()
call_command("run_agents")
"""
WORKER = """
import sys
from config.celery import app
@app.task(name="probe")
def probe():
    from apps.accounts.services.audit import note
    for number in range(20):
        note("probe.made", number=number)
    print("noted", file=sys.stderr, flush=True)
if __name__ == "__main__":
    probe.apply_async(queue="probe")
"""


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


def ask(port):
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/documents", timeout=10).close()
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None
    return 200


def count(action):
    return AuditEntry.objects.filter(action=action).count()


def test_the_web_process(start):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    web = start("-m", "daphne", "--port", str(port), "config.asgi:application")
    wait_for(web, lambda: ask(port) == 401)
    assert [ask(port) for _ in range(49)] == [401] * 49
    assert count("api.request") == 0
    end(web)
    assert count("api.request") == 50
    assert "audit.lost" not in said(web)


def test_the_agents_process(start):
    agents = start("-c", AGENTS)
    wait_for(agents, lambda: "noted" in said(agents) and "agents.started" in said(agents))
    assert count("probe.made") == 0
    end(agents)
    assert count("probe.made") == 20


def test_the_worker_process(start, tmp_path):
    (tmp_path / "probe.py").write_text(WORKER)
    worker = start(
        "-m", "celery", "-A", "probe", "worker", "--queues", "probe", "--concurrency", "1", "--loglevel", "warning", "--without-mingle", "--without-gossip"
    )
    start("-m", "probe").wait(60)
    wait_for(worker, lambda: "noted" in said(worker))
    assert count("probe.made") == 0
    end(worker)
    assert count("probe.made") == 20
