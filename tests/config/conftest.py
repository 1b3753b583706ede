"""Helpers for tests that start real servers in folders of their own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.embedded import ensure_services
from config.embedded.folders import forget_socket_folder, socket_folder
from config.embedded.postgres import Postgres
from config.embedded.processes import find_in, wait_until_gone
from config.embedded.sharing import SCRATCH
from config.embedded.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]


class Place:
    """One `var` and what runs in it."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.holds = []

    def start(self, **options):
        services = ensure_services(self.var, **options)
        self.holds.append(services)
        return services

    def keep(self) -> None:
        """Let what was made without fsync outlive its last user."""
        (self.var / SCRATCH).unlink()

    def stop(self) -> None:
        for services in self.holds:
            services.stop()

    @property
    def postgres(self) -> Postgres:
        return Postgres(self.var, socket_folder(self.var))

    @property
    def valkey(self) -> Valkey:
        return Valkey(self.var, socket_folder(self.var))

    def pids(self) -> list[int]:
        return [*find_in(self.var / "pg", "postgres"), *find_in(self.var / "redis", "valkey-server")]

    def kill_servers(self) -> None:
        for server in (self.postgres, self.valkey):
            pid = server.find()
            os.kill(pid, signal.SIGKILL)
            wait_until_gone(pid, 5)

    def run(self, code: str) -> subprocess.Popen:
        """Run lines in a process of its own, with `var` and `ensure_services` at hand."""
        head = f"import os, sys, time; from pathlib import Path; from config.embedded import ensure_services; var = Path({str(self.var)!r})\n"
        return subprocess.Popen([sys.executable, "-c", head + code], cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)


def wait_for(condition, seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(condition())


@pytest.fixture
def make_place(tmp_path):
    """Places in folders of the test's own; whatever runs there is stopped. Scratch ones are quick, but lose what a crash takes."""
    places = []

    def make(folder: Path | str = "var", *, scratch: bool = True) -> Place:
        place = Place(tmp_path / folder)
        (place.var / "run").mkdir(parents=True, mode=0o700)
        (place.var / ("run/scratch" if scratch else "run/kept")).touch()
        places.append(place)
        return place

    yield make
    for place in places:
        place.stop()
        forget_socket_folder(place.var)  # asking for an address makes it, too


@pytest.fixture
def place(make_place):
    return make_place()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One running place for tests that only look."""
    place = Place(tmp_path_factory.mktemp("shared") / "a var with spaces")
    (place.var / "run").mkdir(parents=True, mode=0o700)
    (place.var / SCRATCH).touch()
    place.start()
    yield place
    place.stop()
