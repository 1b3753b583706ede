"""The embedded Postgres: made on first use, started, recovered after a crash, stopped. On a unix socket only."""

import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from config.embedded.errors import EmbeddedError
from config.embedded.folders import POSTGRES_SOCKET, begin_log
from config.embedded.identity import Identity, choose_identity
from config.embedded.memory import memory_settings
from config.embedded.processes import end, exit_code, explain_exit, find_in, is_alive, launcher, spawn, wait_until_gone, works_in
from config.secret_files import kept_secret

SUPERUSER = "postgres"
# The first start after a crash replays the log.
START_SECONDS = 90.0
STOPPING = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))
# A bare environment: the caller's PGDATA, PGOPTIONS or locale must not reach the server.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "work_mem": "8MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "io_method": "sync",  # the default keeps three more processes
    "autovacuum_max_workers": "2",
    "max_parallel_workers": "2",
    "max_logical_replication_workers": "0",
    # Nobody replicates from here.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "512MB",
    "huge_pages": "off",
    "log_min_messages": "warning",
    # A statement holds questions and documents: it never reaches the log, nor does a row's content.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
# What dies with its test needs no disk.
_SCRATCH = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "1GB", "autovacuum": "off"}


@dataclass
class Postgres:
    """One cluster under `var/pg`, its socket in `sockets`."""

    var: Path
    sockets: Path
    is_scratch: bool = False

    @property
    def data(self) -> Path:
        return self.var / "pg"

    @property
    def log(self) -> Path:
        return self.var / "log" / "postgres.log"

    def find(self) -> int | None:
        """Return the process id of the running server of this data folder. The pid file alone proves nothing: it outlives a crash."""
        try:
            pid = int((self.data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return pid if works_in(pid, self.data) else None

    def is_serving(self) -> bool:
        pid = self.find()
        return pid is not None and (self.sockets / POSTGRES_SOCKET).exists() and self._is_ready(pid)

    def start(self) -> int:
        """Start the server and return its process id; `wait_until_ready` follows.

        1. What is left of a crashed server goes: its orphans, its pid file, its socket.
        2. A missing cluster is made beside its place and moved there whole, so a half-made one is never used.
        """
        self._clear_crash()
        identity = choose_identity(self.var)
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster(identity)
        identity.give(self.sockets)
        settings = {**_SETTINGS, **memory_settings(self.data), **(_SCRATCH if self.is_scratch else {}), "unix_socket_directories": str(self.sockets)}
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        begin_log(self.log)
        launch = launcher("--lock", str(self.var / "run" / "postgres.lock"), "--log", str(self.log), *identity.options)
        return spawn([*launch, str(identity.binaries / "postgres"), "-D", str(self.data.resolve()), *arguments], _ENVIRONMENT)

    def wait_until_ready(self, pid: int) -> None:
        deadline = monotonic() + START_SECONDS
        while not self._is_ready(pid):
            code = exit_code(pid)
            if code is not None or not is_alive(pid):
                raise explain_exit("Postgres", code or 0, self.log)
            if monotonic() > deadline:
                self.stop()
                raise EmbeddedError(f"Postgres is not ready after {START_SECONDS:.0f} s (see {self.log})")
            sleep(0.01)

    def stop(self) -> None:
        """End sessions and stop with everything on disk; a server that does not answer is killed and recovers at its next start."""
        # Without its pid file (the data folder was removed), the oldest process in the folder is the server.
        pid = self.find() or next(iter(find_in(self.data, "postgres")), None)
        if pid is not None and not end(pid, STOPPING):
            raise EmbeddedError(f"Postgres (process {pid}) does not stop")

    def password(self, role: str) -> str:
        return kept_secret(self.var, f"postgres_{role}")

    def _is_ready(self, pid: int) -> bool:
        # The eighth line is the server's own word, the one pg_ctl waits for.
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").split("\n")
        except OSError:
            return False
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _clear_crash(self) -> None:
        if self.find() is not None:  # alive, but deaf: its socket is gone or it never became ready
            self.stop()
        orphans = find_in(self.data, "postgres")
        for pid in orphans:
            # They end by themselves when they see their server gone; one that is busy does not look.
            if not wait_until_gone(pid, 3.0):
                end(pid, ((signal.SIGKILL, 5.0),))
        pid_file = self.data / "postmaster.pid"
        if pid_file.exists() and not self._is_own_crash(pid_file):
            # Its number belongs to a stranger now, and Postgres would refuse to start.
            pid_file.unlink(missing_ok=True)
        for name in (POSTGRES_SOCKET, f"{POSTGRES_SOCKET}.lock"):
            (self.sockets / name).unlink(missing_ok=True)

    def _is_own_crash(self, pid_file: Path) -> bool:
        """A pid file whose process is gone is left to Postgres, which cleans its shared memory by it."""
        number = re.match(r"\d+", pid_file.read_text(encoding="utf-8"))
        return number is not None and not is_alive(int(number[0]))

    def _make_cluster(self, identity: Identity) -> None:
        place = self.data.resolve()  # a link, where the data lives in a folder of its own
        draft = place.with_name("pg.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        password = place.with_name("pg.password")
        password.touch(mode=0o600)
        password.write_text(self.password(SUPERUSER), encoding="ascii")
        for path in (draft, password):
            identity.give(path)
        command = [str(identity.binaries / "initdb"), "-D", str(draft), f"--username={SUPERUSER}", f"--pwfile={password}"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"]
        command += ["--no-sync"] if self.is_scratch else []
        try:
            made = subprocess.run([*launcher(*identity.options), *command], env=_ENVIRONMENT, cwd="/", capture_output=True, text=True, check=False)
        finally:
            password.unlink()
        if made.returncode:
            raise EmbeddedError(f"Postgres cannot make its data folder: {(made.stderr.strip() or 'initdb failed').splitlines()[-1]}")
        (draft / "pg_hba.conf").write_text("# TYPE DATABASE USER METHOD\nlocal all all scram-sha-256\n", encoding="ascii")
        if place.is_dir():
            shutil.rmtree(place)  # a folder without PG_VERSION: never a cluster
        draft.rename(place)
