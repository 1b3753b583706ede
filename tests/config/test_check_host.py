"""What keeps Quire from running here is one line, told before anything slow begins."""

import os
import socket
import subprocess
import sys

import pytest

from tests.config.conftest import ROOT
from tools.check_host import find_obstacle


@pytest.fixture
def port(monkeypatch):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        monkeypatch.setenv("PORT", str(listener.getsockname()[1]))
        yield listener.getsockname()[1]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    for name in ("DATABASE_URL", "REDIS_URL", "QUIRE_HOST", "PORT"):
        monkeypatch.delenv(name, raising=False)


def test_a_taken_port_is_named_with_a_way_out(port):
    assert find_obstacle(True) == (f"port {port} on 127.0.0.1 is taken: stop the other program, or choose another port, for example PORT={port + 1} make serve")
    assert find_obstacle(False) == ""


@pytest.mark.parametrize("value", ["web", "-1", "65536", "0"])
def test_a_port_that_is_none_is_told(monkeypatch, value):
    monkeypatch.setenv("PORT", value)
    assert find_obstacle(True) == f"PORT is {value}, which is no port: choose a number such as 8000"


def test_a_host_that_is_not_here_is_told(monkeypatch):
    monkeypatch.setenv("PORT", "65432")
    monkeypatch.setenv("QUIRE_HOST", "192.0.2.1")
    assert "cannot listen on 192.0.2.1" in find_obstacle(True)


@pytest.mark.parametrize(("version", "is_fine"), [((3, 10), False), ((3, 11), True), ((3, 12), True), ((3, 13), True), ((3, 14), False)])
def test_only_three_versions_of_python_will_do(monkeypatch, version, is_fine):
    monkeypatch.setattr(sys, "version_info", (*version, 0))
    assert (find_obstacle(False) == "") is is_fine


@pytest.mark.parametrize(("name", "value"), [("system", "Darwin"), ("machine", "riscv64"), ("libc_ver", ("musl", "1"))])
def test_elsewhere_compose_is_the_way_unless_the_databases_are_elsewhere(monkeypatch, name, value):
    monkeypatch.setattr(f"platform.{name}", lambda: value)
    assert "Docker Compose" in find_obstacle(False)
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/quire")
    monkeypatch.setenv("REDIS_URL", "redis://db/0")
    assert find_obstacle(False) == ""


def without_make() -> dict[str, str]:
    """What `make test PYTHON=…` hands down would win over what a test says, and start the tests in the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}


@pytest.mark.parametrize("target", ["serve", "test"])
def test_make_refuses_a_python_that_will_not_do(target):
    done = subprocess.run(["make", "--always-make", target], cwd=ROOT, env=without_make() | {"PYTHON": "no-such-python"}, capture_output=True, text=True)
    assert done.returncode != 0
    assert "Python 3.11, 3.12 or 3.13 is needed, and PYTHON=no-such-python is none of them" in done.stderr


def test_make_serve_refuses_a_taken_port_first(port):
    done = subprocess.run(["make", "serve"], cwd=ROOT, env=without_make() | {"PORT": str(port)}, capture_output=True, text=True)
    assert done.returncode != 0
    assert f"port {port} on 127.0.0.1 is taken" in done.stderr
    assert "installing" not in done.stdout
