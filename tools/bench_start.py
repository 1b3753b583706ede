"""`make bench-start`: from a fresh clone to the first cited answer, then a second start; one JSON line last on stdout.

What a newcomer does: clone, `make serve`, read address and password from the terminal, sign in, ask about the handbook.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tools.product import ROOT, free_port
from tools.session import Session, wait_for

QUESTION = "How do I stop Quire?"
START_SECONDS = 600.0


@dataclass
class Start:
    """One `make serve` in a clone, and what it printed."""

    folder: Path
    port: int

    def __post_init__(self) -> None:
        # A newcomer's environment: none of our settings, no virtual environment, no embedded service of this checkout.
        hidden = ("QUIRE_", "DATABASE_URL", "REDIS_URL", "DJANGO_", "VIRTUAL_ENV", "PYTHON", "MAKE", "MFLAGS")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
        environment["PATH"] = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if ".venv" not in part)
        self.output = self.folder.parent / "output"
        with self.output.open("wb") as output:
            command = ["make", "serve"]
            self.process = subprocess.Popen(
                command, cwd=self.folder, env={**environment, "PORT": str(self.port)}, stdout=output, stderr=output, start_new_session=True
            )

    def wait(self) -> None:
        is_up = wait_for(lambda: "Quire is ready" in self.said() or self.process.poll() is not None, START_SECONDS)
        if not is_up or self.process.poll() is not None:
            self.stop()
            raise RuntimeError(f"Quire did not start:\n{self.said()[-4000:]}")

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def word_after(self, name: str) -> str:
        return next(line.split()[1] for line in self.said().splitlines() if line.strip().startswith(name))

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise


def processes_in(folder: Path) -> list[str]:
    """List the processes that work in a folder or below it."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").resolve(strict=True).is_relative_to(folder):
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def ask(start: Start, password: str) -> None:
    session = Session(f"http://127.0.0.1:{start.port}")
    try:
        session.sign_in(start.word_after("E-mail"), password)
        session.ask(QUESTION)
    except OSError as error:  # an answer that is none, too
        raise RuntimeError(f"{error}:\n{start.said()[-6000:]}") from error


def measure(folder: Path) -> dict[str, float]:
    begun = time.monotonic()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    first = Start(folder, free_port())
    try:
        first.wait()
        password = first.word_after("Password")
        ask(first, password)
        first_s = time.monotonic() - begun
    finally:
        first.stop()
    print(first.said(), file=sys.stderr)
    begun = time.monotonic()
    second = Start(folder, free_port())
    try:
        second.wait()
        ask(second, password)
        warm_s = time.monotonic() - begun
    finally:
        second.stop()
    print(second.said(), file=sys.stderr)
    if left := processes_in(folder):
        raise RuntimeError(f"still running: {left}")
    return {"first_s": round(first_s, 1), "warm_s": round(warm_s, 1)}


def main() -> None:
    place = Path(tempfile.mkdtemp(prefix="quire-bench-"))
    try:
        print(json.dumps(measure(place / "a fresh clone")))
    finally:
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
