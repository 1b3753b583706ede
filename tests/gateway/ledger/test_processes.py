"""Web, agents and worker write settlements in batches, and what waits when they end is written."""

import signal

import pytest

from apps.gateway.models import QueryLog
from tests.processes import end, said, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

# Settles twenty calls and lets them wait for a minute, in a process that was told to begin.
SETTLE = """
def settle_some():
    import sys, uuid
    from apps.gateway.ledger import settling
    from apps.gateway.models import QueryLog
    assert settling.WRITER.seconds == 0.25, settling.WRITER.seconds
    settling.WRITER.begin(60)
    for _ in range(20):
        call_id = uuid.uuid4()
        settling.settle(settling.Settlement(call_id, log=QueryLog(call_id=call_id, purpose="probe", kind="chat", latency_ms=1, outcome="answered")))
    print("settled", file=sys.stderr, flush=True)
"""
WEB = SETTLE + "import config.asgi\nsettle_some()\nimport time\ntime.sleep(3600)"
AGENTS = (
    SETTLE
    + """
import threading, time
import django
django.setup()
from django.core.management import call_command
from apps.gateway.ledger.settling import WRITER
def work():
    while not WRITER.seconds:
        time.sleep(0.05)
    settle_some()
threading.Thread(target=work).start()
call_command("run_agents")
"""
)
WORKER = (
    SETTLE
    + """
from config.celery import app
@app.task(name="probe")
def probe():
    settle_some()
if __name__ == "__main__":
    probe.apply_async(queue="probe")
"""
)


def test_the_web_process_at_its_end(start):
    web = start("-c", WEB)
    wait_for(web, lambda: "settled" in said(web))
    assert QueryLog.objects.count() == 0
    web.send_signal(signal.SIGINT)
    web.wait(30)
    assert QueryLog.objects.count() == 20


def test_the_agents_process_at_its_end(start):
    agents = start("-c", AGENTS)
    wait_for(agents, lambda: "settled" in said(agents) and "agents.started" in said(agents))
    assert QueryLog.objects.count() == 0
    end(agents)
    assert QueryLog.objects.count() == 20


def test_the_worker_process_at_its_end(start, tmp_path):
    (tmp_path / "probe.py").write_text(WORKER)
    worker = start(
        "-m", "celery", "-A", "probe", "worker", "--queues", "probe", "--concurrency", "1", "--loglevel", "warning", "--without-mingle", "--without-gossip"
    )
    start("-m", "probe").wait(60)
    wait_for(worker, lambda: "settled" in said(worker))
    assert QueryLog.objects.count() == 0
    end(worker)
    assert QueryLog.objects.count() == 20
