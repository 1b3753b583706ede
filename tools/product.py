"""The whole product on services of its own, for browser tests, benchmarks and screenshots: the same path as `make serve`."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 120
# What a product of our own does not take over from whoever starts it.
OWN_NAMES = ("QUIRE_", "DATABASE_URL", "REDIS_URL", "DJANGO_", "COV_CORE")


@dataclass(frozen=True)
class Product:
    """A running Quire: where it answers, who its first administrator is, and what it wrote so far."""

    url: str
    email: str
    password: str
    var: Path
    pid: int

    def log(self) -> str:
        return (self.var / "product.log").read_text(encoding="utf-8", errors="replace")


@contextmanager
def running_product(environment: dict[str, str] | None = None) -> Iterator[Product]:
    """Start Quire in a temporary var on a free port, wait until it is ready, and stop it with everything it made.

    Built parts (front end, embedding model, collected static files) are those of the checkout, so a start takes seconds.
    Raises RuntimeError with the end of the log where it does not come up.
    """
    var = Path(tempfile.mkdtemp(prefix="quire-product-"))
    port = free_port()
    product = Product(f"http://127.0.0.1:{port}", "admin@quire.example", secrets.token_urlsafe(18), var, 0)
    child = _start(product, port, environment or {})
    try:
        _wait(product, child)
        yield Product(product.url, product.email, product.password, var, child.pid)
    finally:
        _stop(child)
        shutil.rmtree(var, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(product: Product, port: int, extra: dict[str, str]) -> subprocess.Popen[bytes]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OWN_NAMES)}
    environment = {
        **inherited,
        "PORT": str(port),
        "QUIRE_VAR": str(product.var),
        "QUIRE_MODELS_DIR": str(ROOT / "var" / "models"),
        "QUIRE_STATIC_ROOT": str(ROOT / "var" / "static"),
        "QUIRE_ADMIN_EMAIL": product.email,
        "QUIRE_ADMIN_PASSWORD": product.password,
        **extra,
    }
    with (product.var / "product.log").open("wb") as log:
        return subprocess.Popen([sys.executable, "-m", "config.serve"], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)


def _wait(product: Product, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise RuntimeError(f"Quire ended with {child.returncode}:\n{product.log()[-3000:]}")
        if _is_announced(product) and _is_ready(product.url):
            return
        time.sleep(0.1)
    raise RuntimeError(f"Quire is not ready after {START_SECONDS} s:\n{product.log()[-3000:]}")


def _is_announced(product: Product) -> bool:
    """The address is printed when all is prepared, the handbook included."""
    return product.url in product.log()


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
    try:
        child.wait(timeout=30)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
