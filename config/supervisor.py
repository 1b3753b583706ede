"""Runs the processes of the Procfile side by side: their output with names, one end for all, nobody left behind."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import cycle
from pathlib import Path
from time import monotonic, sleep

from honcho.colour import get_colours
from honcho.environ import parse_procfile
from honcho.printer import Message, Printer

LAUNCHER = Path(__file__).with_name("embedded") / "launch.py"
GRACE_SECONDS = 12.0
# A process that dies this often within this time will not live: then all stop, and it is named.
DEATHS_MAX = 3
DEATHS_SECONDS = 60.0
_PR_SET_CHILD_SUBREAPER = 36


class Stopped(Exception):
    """A signal asked for the end."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)


class ProcessDied(Exception):
    """One of the processes ended by itself."""

    def __init__(self, name: str, code: int) -> None:
        self.name = name
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        super().__init__(f"{name} {how}")
        self.code = code if code > 0 else 1


class Supervisor:
    """Starts processes and ends them. Signals are only noted, and raised as `Stopped` by `check()` in the main thread."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.environment = dict(environment)
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self._commands: dict[str, str] = {}
        self._signals: list[int] = []
        self._printer = Printer(sys.stdout, width=8)
        self._write_lock = threading.Lock()
        self._colours = cycle(get_colours())
        self._readers: list[threading.Thread] = []

    def catch_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _: self._signals.append(number))
        # What a process leaves behind when it dies becomes our child, and goes with us.
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def check(self, may_end: Container[str] = ()) -> None:
        """Raise what happened: a signal, or the end of a process that should go on."""
        if self._signals:
            raise Stopped(self._signals[0])
        for name, child in self.children.items():
            code = child.poll()
            if code is not None and name not in may_end:
                raise ProcessDied(name, code)

    def wait(self, is_over: Callable[[], bool], pause: float = 0.1) -> None:
        """Wait for a condition, or for what `check` raises."""
        while not is_over():
            self.check()
            sleep(pause)

    def keep_up(self, report: Callable[[str], None], pause: float = 0.25) -> None:
        """Until a signal: start a process that died anew, for its work stands in Postgres. One that keeps dying ends all."""
        deaths: dict[str, list[float]] = {}
        while True:
            try:
                self.check()
            except ProcessDied as died:
                recent = [moment for moment in deaths.get(died.name, []) if monotonic() - moment < DEATHS_SECONDS]
                deaths[died.name] = [*recent, monotonic()]
                if len(deaths[died.name]) >= DEATHS_MAX:
                    raise
                report(f"{died}; starting it anew")
                _signal(-self.children[died.name].pid, signal.SIGKILL)  # what it left of its group
                self.start(died.name, self._commands[died.name])
            sleep(pause)

    def start(self, name: str, command: str, *, environment: Mapping[str, str] | None = None, on_line: Callable[[str], None] | None = None) -> None:
        """Start a shell command in a session of its own. It gets SIGTERM from the kernel should we die without a word."""
        launch = [sys.executable, "-I", "-S", str(LAUNCHER), "--die-with-parent", "--", "/bin/sh", "-c", command]
        child = subprocess.Popen(
            launch,
            cwd=self.folder,
            env={**self.environment, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.children[name] = child
        reader = threading.Thread(target=self._read, args=(name, child, next(self._colours), on_line), daemon=True)
        reader.start()
        self._readers.append(reader)

    def start_procfile(self, names: tuple[str, ...] | None = None) -> None:
        processes = parse_procfile((self.folder / "Procfile").read_text(encoding="utf-8")).processes
        for name, command in processes.items():
            if names is None or name in names:
                self._commands[name] = command
                self.start(name, command)

    def run(
        self, name: str, command: str, *, environment: Mapping[str, str], on_line: Callable[[str], None], meanwhile: Callable[[], None] | None = None
    ) -> int:
        """Run a command to its end and return its exit code, doing something else of our own meanwhile."""
        self.start(name, command, environment=environment, on_line=on_line)
        child, reader = self.children[name], self._readers[-1]
        if meanwhile:
            meanwhile()
        while child.poll() is None:
            self.check({name})
            self.pause(0.02)
        del self.children[name]
        reader.join(timeout=2)
        return child.returncode

    def pause(self, seconds: float) -> None:
        sleep(seconds)

    def stop(self) -> None:
        """End all: a polite signal first, a hard one to whole process groups after some seconds or at a second Ctrl-C."""
        asked = len(self._signals)
        for child in self.children.values():
            _signal(child.pid, signal.SIGTERM)
        deadline = monotonic() + GRACE_SECONDS
        while any(child.poll() is None for child in self.children.values()) and monotonic() < deadline and len(self._signals) <= max(asked, 1):
            sleep(0.05)
        for child in self.children.values():
            _signal(-child.pid, signal.SIGKILL)  # the group: pool processes, parsers, shells
            child.wait()
        for reader in self._readers:
            reader.join(timeout=1)
        self.children.clear()

    def _read(self, name: str, child: "subprocess.Popen[bytes]", colour: str, on_line: Callable[[str], None] | None) -> None:
        assert child.stdout is not None
        for line in child.stdout:
            if on_line:
                on_line(line.decode("utf-8", "replace").rstrip("\n"))
                continue
            message = Message(type="line", data=line, time=datetime.now().astimezone(), name=name, colour=colour)
            # Read on even where nobody listens any more: a full pipe would hold the process up.
            with self._write_lock, suppress(OSError):
                self._printer.write(message)


def end_orphans(keep: frozenset[int] = frozenset()) -> None:
    """End what is still our child: left behind by a process of ours that died."""
    for pid in _children_of(os.getpid()) - keep:
        _signal(pid, signal.SIGKILL)
        try:
            os.waitpid(pid, 0)
        except ChildProcessError:
            continue


def _children_of(parent: int) -> set[int]:
    children = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state = (entry / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            except OSError:
                continue
            if int(state[1]) == parent:
                children.add(int(entry.name))
    return children


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
