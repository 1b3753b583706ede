"""Daphne in a process of its own, with an application that a test wrote down."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.config.conftest import ROOT, wait_for
from tools.product import free_port


@contextmanager
def served(source: str) -> Iterator[int]:
    """Run `source`, which is given a port and the checkout's folder, until the end of the block; lend the port."""
    port = free_port()
    child = subprocess.Popen([sys.executable, "-c", source, str(port), str(ROOT)], stderr=subprocess.DEVNULL)
    try:
        assert wait_for(lambda: answers(port), 20)
        yield port
    finally:
        child.kill()
        child.wait()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
