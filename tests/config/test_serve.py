"""`make serve` as a whole: started, killed, started again, one of its processes killed, ended."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from config.readiness import read_health
from tests.config.conftest import ROOT, wait_for
from tools.product import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


class Run:
    """One `python -m config.serve` on a var."""

    def __init__(self, var: Path, port: int) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("QUIRE_", "DATABASE_URL", "REDIS_URL", "DJANGO_", "COV_"))}
        built = {"QUIRE_MODELS_DIR": str(ROOT / "var/models"), "QUIRE_STATIC_ROOT": str(ROOT / "var/static")}
        self.output = var.parent / f"output-{port}"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.serve"],
                cwd=ROOT,
                env={**inherited, **built, "QUIRE_VAR": str(var), "PORT": str(port)},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.port = port

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def wait_until_up(self) -> None:
        assert wait_for(lambda: "Quire is ready" in self.said() or self.process.poll() is not None, 120), self.said()
        assert self.process.poll() is None, self.said()


def processes_of(var: Path) -> dict[int, str]:
    """Every process that was given this var, by its environment or its command line."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes() + b"\0" + (entry / "environ").read_bytes()
        except OSError:
            continue
        if entry.name.isdigit() and os.fsencode(var) in words:
            found[int(entry.name)] = words.split(b"\0\0")[0].replace(b"\0", b" ").decode(errors="replace")
    return found


def agents_of(var: Path) -> int | None:
    return next((pid for pid, command in processes_of(var).items() if "manage.py run_agents" in command), None)


@pytest.fixture
def var(tmp_path):
    var = tmp_path / "a var"
    yield var
    for pid in processes_of(var):
        os.kill(pid, signal.SIGKILL)


def test_it_comes_up_survives_a_kill_and_ends_as_one(var):
    first = Run(var, free_port())
    first.wait_until_up()
    password = re.search(r"Password  (\S+)  \(shown once\)", first.said())
    assert password
    assert read_health("127.0.0.1", first.port) == {"status": "ready", "postgres": "ok", "redis": "ok", "migrations": "ok"}

    second = Run(var, free_port())
    assert second.process.wait(timeout=20) == 1
    assert f"it already runs from {var}: http://127.0.0.1:{first.port}" in second.said()

    first.process.kill()
    first.process.wait()
    assert wait_for(lambda: not processes_of(var), 30), processes_of(var)

    third = Run(var, free_port())
    third.wait_until_up()
    assert password[1] not in third.said()
    assert "Reading the handbook" not in third.said()
    agents = agents_of(var)
    os.kill(agents, signal.SIGKILL)
    assert wait_for(lambda: agents_of(var) not in {None, agents}, 60)
    assert "agents was ended by SIGKILL; starting it anew" in third.said()
    third.process.terminate()
    assert third.process.wait(timeout=30) == 0
    assert processes_of(var) == {}
