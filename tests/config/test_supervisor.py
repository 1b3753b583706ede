"""Several processes, one end: what the supervisor of `make serve` promises."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from config.embedded.processes import is_alive
from tests.config.conftest import ROOT, wait_for

# A serve of its own in small: it runs a Procfile, and says how it ended.
SCRIPT = """
    import os, sys
    from pathlib import Path
    from config.supervisor import ProcessDied, Stopped, Supervisor, end_orphans
    supervisor = Supervisor(Path(sys.argv[1]), os.environ)
    supervisor.catch_signals()
    try:
        supervisor.start_procfile()
        print("up", flush=True)
        supervisor.keep_up(lambda line: print(line, flush=True), pause=0.05)
    except (Stopped, ProcessDied) as end:
        print(end, flush=True)
    supervisor.stop()
    end_orphans()
"""


@pytest.fixture
def supervise(tmp_path):
    """Start the small serve on a Procfile; whatever is left of it is killed."""
    started = []

    def start(procfile: str) -> subprocess.Popen:
        (tmp_path / "Procfile").write_text(textwrap.dedent(procfile))
        command = [sys.executable, "-u", "-c", textwrap.dedent(SCRIPT), str(tmp_path)]
        child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
        started.append(child)
        return child

    yield start
    for child in started:
        child.kill()
        child.communicate()


def read_pid(path: Path) -> int:
    assert wait_for(lambda: path.exists() and path.read_text().strip())
    return int(path.read_text())


def ended(*pids: int) -> bool:
    return wait_for(lambda: not any(is_alive(pid) for pid in pids))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_processes_and_their_children(supervise, tmp_path, number):
    child = supervise("one: sh -c 'sleep 60 & echo $! > pid; wait'\ntwo: exec sleep 60")
    grandchild = read_pid(tmp_path / "pid")
    child.send_signal(number)
    said, _ = child.communicate(timeout=10)
    assert number.name in said
    assert ended(grandchild)


def test_a_process_that_dies_is_started_anew_with_nothing_left_of_the_old_one(supervise, tmp_path):
    child = supervise("one: sh -c 'sleep 60 & echo $! > left; wait' & echo $$ > pid; wait")
    first, left = read_pid(tmp_path / "pid"), read_pid(tmp_path / "left")
    os.kill(first, signal.SIGKILL)
    assert wait_for(lambda: read_pid(tmp_path / "pid") != first)
    assert ended(left)
    child.send_signal(signal.SIGTERM)
    said, _ = child.communicate(timeout=10)
    assert "one was ended by SIGKILL; starting it anew" in said


def test_one_that_keeps_dying_ends_the_others_and_is_named(supervise, tmp_path):
    child = supervise("one: exit 7\ntwo: echo $$ > pid; exec sleep 60")
    other = read_pid(tmp_path / "pid")
    said, _ = child.communicate(timeout=10)
    assert said.count("one ended with exit code 7; starting it anew") == 2
    assert said.count("one ended with exit code 7") == 3
    assert ended(other)


def test_a_process_that_left_its_session_goes_too(supervise, tmp_path):
    child = supervise("one: setsid sh -c 'echo $$ > pid; exec sleep 60' & wait")
    stray = read_pid(tmp_path / "pid")
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=10)
    assert ended(stray)


def test_they_end_when_the_supervisor_is_killed(supervise, tmp_path):
    child = supervise("one: echo $$ > pid; exec sleep 60")
    pid = read_pid(tmp_path / "pid")
    child.kill()
    assert ended(pid)


def test_a_second_signal_does_not_wait_for_one_that_will_not_end(supervise, tmp_path):
    child = supervise("one: trap '' TERM; echo $$ > pid; sleep 60 & wait; wait")
    pid = read_pid(tmp_path / "pid")
    child.send_signal(signal.SIGINT)
    assert is_alive(pid)
    begun = time.monotonic()
    while child.poll() is None and time.monotonic() - begun < 5:
        child.send_signal(signal.SIGINT)
        wait_for(lambda: child.poll() is not None, 0.1)
    assert child.poll() is not None
    assert ended(pid)


def test_each_line_carries_its_process(supervise):
    child = supervise("one: echo hello; exec sleep 60")
    lines = [child.stdout.readline(), child.stdout.readline()]
    assert any("one" in line and "| hello" in line for line in lines)


def test_a_step_reports_its_lines_and_exit_code():
    from config.supervisor import Supervisor

    said: list[str] = []
    code = Supervisor(ROOT, os.environ).run(
        "step", "echo one; echo two >&2; exit 3", environment={}, on_line=said.append, meanwhile=lambda: said.append("meanwhile")
    )
    assert code == 3
    assert sorted(said) == ["meanwhile", "one", "two"]
