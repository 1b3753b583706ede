"""What real processes noted is written when SIGTERM ends them, also what was waiting for a minute's batch."""

import socket
import urllib.error
import urllib.request

import pytest

from apps.accounts.models import AuditEntry
from tests.processes import end, said, wait_for

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
