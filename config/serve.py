"""`make serve` once the environment exists (`python -m config.serve`): builds, services, preparation, the four processes.

This process stays small: it imports no Django, holds the embedded services, and watches. What can take a while runs as
a child of it, so that Ctrl-C and SIGTERM work at any moment.
"""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from config.announcement import Announcement
from config.build import ROOT, is_built
from config.database_url import django_database
from config.embedded import EmbeddedError, Services, Wanted, ensure_services
from config.embedded.folders import make_private
from config.embedded.processes import adopted
from config.env import Environment
from config.preflight import postgres_problem, redis_problem
from config.prepared import find_inputs
from config.readiness import read_health
from config.supervisor import ProcessDied, Stopped, Supervisor, end_orphans
from tools.check_host import find_obstacle

READY_SECONDS = 60.0


class CannotServe(Exception):
    """The text is one line for the person at the terminal."""


@dataclass
class Serve:
    """One run of the product."""

    env: Environment
    var: Path
    announcement: Announcement
    supervisor: Supervisor
    services: Services | None = None
    owner_database_url: str = field(default="", repr=False)

    def run(self) -> None:
        """Bring everything up, then keep it up until a signal, or a process that will not live, ends it.

        1. The front end is built while the services start.
        2. Tables, model, pages and handbook come first, unless the last start prepared these very inputs.
        3. The address is printed when a request would be answered.
        """
        begun = monotonic()
        self.supervisor.catch_signals()
        if is_built():
            self.hold_services()
        else:
            self.run_step("build", "exec python -m config.build", meanwhile=True)
        self.announcement.email = find_inputs(self.var, self.supervisor.environment).read_email()
        if not self.announcement.email:
            self.prepare()
        say("Starting web, agents, worker and beat")
        self.supervisor.start_procfile()
        self.wait_until_ready()
        show("\n".join(self.announcement.lines(monotonic() - begun)))
        self.supervisor.keep_up(say)

    def hold_services(self) -> None:
        """Point every process at Postgres and Redis: those of the environment, which must answer, or embedded ones."""
        database, redis = self.env.secret("DATABASE_URL"), self.env.secret("REDIS_URL")
        problems = [postgres_problem(django_database(database)) if database else "", redis_problem(redis) if redis else ""]
        if said := "; ".join(problem for problem in problems if problem):
            raise CannotServe(said)
        self.owner_database_url = self.env.secret("QUIRE_OWNER_DATABASE_URL") or database
        if not (database and redis):
            self.services = ensure_services(self.var, Wanted(postgres=not database, redis=not redis), say)
        if self.services and not database:
            database, self.owner_database_url = self.services.database_url, self.services.owner_database_url
        if self.services and not redis:
            redis = self.services.redis_url
        self.supervisor.environment |= {"DATABASE_URL": database, "REDIS_URL": redis}
        # Only the preparation changes tables; the four processes are not told how.
        for name in ("QUIRE_OWNER_DATABASE_URL", "QUIRE_OWNER_DATABASE_URL_FILE", "DATABASE_URL_FILE", "REDIS_URL_FILE"):
            self.supervisor.environment.pop(name, None)

    def prepare(self) -> None:
        quiet = {"QUIRE_LOG_LEVEL": self.env.text("QUIRE_LOG_LEVEL", "WARNING")}  # its own lines say what it does
        self.run_step("prepare", "exec python manage.py prepare --build", {"QUIRE_OWNER_DATABASE_URL": self.owner_database_url, **quiet})
        if self.announcement.email:
            find_inputs(self.var, self.supervisor.environment).write(self.announcement.email)

    def run_step(self, name: str, command: str, environment: dict[str, str] | None = None, *, meanwhile: bool = False) -> None:
        """Run one step to its end, showing its lines."""

        def tell(line: str) -> None:
            if not self.announcement.take(line):
                say(line.removeprefix("Quire: "))

        code = self.supervisor.run(name, command, environment=environment or {}, on_line=tell, meanwhile=self.hold_services if meanwhile else None)
        if code:
            raise CannotServe(f"{name} failed (exit code {code}); the lines above say why")

    def wait_until_ready(self) -> None:
        deadline = monotonic() + READY_SECONDS
        has_prepared = False
        while (health := read_health(self.announcement.host, self.announcement.port)).get("status") != "ready":
            if health.get("migrations") == "behind" and not has_prepared:
                # The note said prepared, the tables say otherwise: an older copy of them was put back.
                has_prepared = True
                self.prepare()
            if monotonic() > deadline:
                missing = ", ".join(f"{name}: {word}" for name, word in health.items() if name != "status" and word != "ok")
                raise CannotServe(f"the web process is not ready after {READY_SECONDS:.0f} s ({missing or 'no answer'})")
            self.supervisor.check()
            self.supervisor.pause(0.05)

    def stop(self) -> None:
        """Stop the processes, then the services, then whatever they left behind."""
        if self.supervisor.children:
            say("Stopping")
        try:
            self.supervisor.stop()
        finally:
            if self.services:
                self.services.stop()
            end_orphans(keep=adopted())


def say(line: str) -> None:
    show(f"Quire: {line}")


def show(text: str) -> None:
    with suppress(OSError):  # the terminal may be gone, which is no reason to leave things running
        print(text, flush=True)


@contextmanager
def only_one(var: Path, url: str) -> Iterator[None]:
    """Hold this var: a second `make serve` on it is told about the first."""
    path = make_private(var / "run") / "serve.lock"
    with path.open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CannotServe(f"it already runs from {var}: {lock.read().strip() or 'starting'}") from None
        lock.truncate(0)
        lock.write(url)
        lock.flush()
        yield


def child_environment(var: Path) -> dict[str, str]:
    """Return what the processes see: this interpreter first on the path, output at once, memory kept small."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    environment = {**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1", "QUIRE_VAR": str(var)}
    # glibc otherwise keeps an arena for each thread.
    environment.setdefault("MALLOC_ARENA_MAX", "2")
    return environment


def serve(env: Environment) -> None:
    var = Path(env.text("QUIRE_VAR", str(ROOT / "var"))).absolute()
    host, port = env.text("QUIRE_HOST", "127.0.0.1"), env.integer("PORT", 8000, minimum=1)
    announcement = Announcement(env.text("QUIRE_PUBLIC_URL", f"http://127.0.0.1:{port}").rstrip("/"), host, port)
    with only_one(var, announcement.url):
        if obstacle := find_obstacle(True):
            raise CannotServe(obstacle)
        run = Serve(env, var, announcement, Supervisor(ROOT, child_environment(var)))
        try:
            run.run()
        finally:
            run.stop()
            if unseen := announcement.unseen_lines():
                show("\n".join(unseen))


def main() -> int:
    try:
        serve(Environment(os.environ))
    except Stopped:
        say("stopped; everything is saved")
    except ProcessDied as died:
        print(f"Quire: {died}; the others were stopped, too", file=sys.stderr, flush=True)
        return died.code
    except (CannotServe, EmbeddedError) as error:
        print(f"Quire: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
