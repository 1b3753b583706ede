"""The face of the embedded services: their addresses, and a hold on them while running."""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from config.embedded.folders import locked, make_private, open_lock, socket_folder
from config.embedded.machine import require_supported_machine
from config.embedded.postgres import Postgres
from config.embedded.sharing import LOCK, SCRATCH, USERS, discard_scratch, start_janitor, stop_if_unused, stop_janitor
from config.embedded.valkey import Valkey

Report = Callable[[str], None]


@dataclass(frozen=True)
class Urls:
    """Where the services of a `var` answer, running or not. `redis_url` is redis-py's spelling of a unix socket."""

    database_url: str
    owner_database_url: str
    redis_url: str


@dataclass(frozen=True)
class Wanted:
    """Which of the two to run."""

    postgres: bool = True
    redis: bool = True


@dataclass
class Services:
    """The services as used by this process, until `stop()` or its end."""

    database_url: str
    owner_database_url: str
    redis_url: str
    started: bool
    var: Path
    _hold: int = field(repr=False)
    _process: int = field(default_factory=os.getpid, repr=False)

    def stop(self) -> None:
        """Let them go; where nobody else uses them, stop them and return when they are gone. A second call does nothing."""
        if self._hold < 0 or self._process != os.getpid():  # a forked child never stops its parent's services
            return
        with locked(self.var / LOCK):
            stop_janitor(self.var)  # else it might be granted the lock before us
            os.close(self._hold)
            self._hold = -1
            if stop_if_unused(self.var):
                discard_scratch(self.var)
            else:
                start_janitor(self.var)


def service_urls(var: Path) -> Urls:
    """Return the addresses without starting anything; passwords are made where they are missing."""
    var = var.absolute()
    postgres = Postgres(var, socket_folder(var))
    host = quote(str(postgres.sockets), safe="")
    owner, app = (f"postgresql://{role}:{postgres.password(role)}@/quire?host={host}" for role in ("quire_owner", "quire_app"))
    return Urls(app, owner, f"unix://{Valkey(var, postgres.sockets).socket}?db=0")


def ensure_services(var: Path, wanted: Wanted | None = None, report: Report | None = None, *, is_scratch: bool = False) -> Services:
    """Use the running services of this `var`, or start them; return when both answer. A scratch `var` goes with its last user.

    1. One starter at a time: a second one waits, then finds them running.
    2. What runs but does not answer, and what a crash left behind, is cleared away.
    3. The hold is taken before the starter's lock is let go, so that nobody stops them in between.
    """
    require_supported_machine()
    var = var.absolute()
    with _only_starter(var):
        if is_scratch:
            (var / SCRATCH).touch()
        hold = open_lock(var / USERS)
        try:
            fcntl.flock(hold, fcntl.LOCK_SH)
            started = _start_missing(var, wanted or Wanted(), report or (lambda _: None))
        except BaseException:
            stop_janitor(var)
            os.close(hold)
            if not stop_if_unused(var):
                start_janitor(var)
            raise
    urls = service_urls(var)
    return Services(urls.database_url, urls.owner_database_url, urls.redis_url, started, var, hold)


def scratch_services(wanted: Wanted | None = None, report: Report | None = None) -> Services:
    """Start fresh services in a temporary folder that goes with them: for tests and benches. Fast, not safe from a power cut."""
    var = Path(tempfile.mkdtemp(prefix="quire-scratch-"))
    make_private(var / "run")
    (var / SCRATCH).touch()  # now, so that whatever fails leaves nothing
    try:
        return ensure_services(var, wanted, report)
    except BaseException:
        discard_scratch(var)
        raise


@contextmanager
def _only_starter(var: Path) -> Iterator[None]:
    """Hold the starter's lock of a `var` that is there: its last user may have taken a scratch one away, lock and all, while we waited."""
    has_folders = False
    while not has_folders:
        for name in ("run", "log", "secrets"):
            make_private(var / name)
        with locked(var / LOCK) as has_folders:
            if has_folders:
                yield


def _start_missing(var: Path, wanted: Wanted, report: Report) -> bool:
    sockets = socket_folder(var)
    postgres = Postgres(var, sockets, is_scratch=(var / SCRATCH).exists())
    valkey = Valkey(var, sockets)
    # Both start at once; only then is waited for either.
    starting: list[tuple[Valkey | Postgres, int]] = []
    if wanted.redis and not valkey.is_serving():
        report("Starting Valkey")
        starting.append((valkey, valkey.start()))
    if wanted.postgres and not postgres.is_serving():
        report("Starting Postgres" if (postgres.data / "PG_VERSION").exists() else "Making the database")
        starting.append((postgres, postgres.start()))
    if starting:
        start_janitor(var)
    for server, pid in starting:
        server.wait_until_ready(pid)
    if wanted.postgres:
        from config.embedded.roles import ensure_roles

        ensure_roles(postgres)
    return bool(starting)
