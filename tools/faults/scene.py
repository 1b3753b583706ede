"""A running Quire whose model says one known text, and pages that read along: what each fault is done to."""

import json
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

from config.embedded.services import service_urls
from tools.bench_memory import command_of, family, is_running
from tools.faults.reader import ENDINGS, PageReader
from tools.gateway.scene import Scene as GatewayScene
from tools.gateway.scene import running_scene as running_gateway
from tools.session import Session

QUESTION = "How do I stop Quire?"
_SENTENCE = "Press Ctrl-C in the terminal where it runs, and wait until it says that everything is saved. [1]"
TEXT = " ".join(f"{number}. {_SENTENCE}" for number in range(1, 5))
WORDS = len(TEXT.split())
PATIENCE_SECONDS = 90.0


@dataclass
class Scene:
    """`lease_seconds` is how long a dead process keeps its runs; `streams` how many are read at once, 0: as many as the fault likes."""

    gateway: GatewayScene
    session: Session
    lease_seconds: int
    streams: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    expected: str = ""

    @property
    def product(self) -> int:
        return self.gateway.product.pid

    def speak(self, word_ms: int) -> float:
        """How fast the model writes from now on; gives the seconds that an answer takes."""
        self.gateway.upstream.set_defaults(text=TEXT, delay=word_ms)
        return WORDS * word_ms / 1000

    def ask(self) -> str:
        return str(json.loads(self.session.send("/api/v1/runs", json.dumps({"question": QUESTION}).encode(), "application/json"))["id"])

    def read(self, run_id: str, *, cut_at: int = 0) -> PageReader:
        reader = PageReader(self.gateway.product.url, self.session.cookie("sessionid"), run_id, seconds=PATIENCE_SECONDS, cut_at=cut_at)
        reader.start()
        return reader

    def ask_and_read(self, count: int) -> list[PageReader]:
        return [self.read(run_id) for run_id in [self.ask() for _ in range(count)]]

    def pid_of(self, command: str) -> int:
        """The one process of the product whose command has these words."""
        pids = [pid for pid in family(self.product) if is_running(pid) and command in command_of(pid) and "/bin/sh" not in command_of(pid)]
        if not pids:
            raise RuntimeError(f"no process {command}")
        return pids[-1]

    def wait_for_words(self, readers: list[PageReader]) -> None:
        """Until each of them has read some of the answer."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not all(reader.text or reader.ending for reader in readers):
            if time.monotonic() > deadline:
                raise RuntimeError(f"nothing was written: {[reader.trouble for reader in readers]}\n{self.gateway.product.log()[-3000:]}")
            time.sleep(0.01)

    def answer_of(self, run_id: str) -> str:
        run = json.loads(self.session.get(f"/api/v1/runs/{run_id}"))
        return str(run.get("answer", run["state"]))

    def endings_of(self, run_id: str) -> int:
        return self._count("chat_runevent WHERE run_id = %s AND type = ANY(%s)", run_id, list(ENDINGS))

    def answers_asked_of(self, run_id: str) -> int:
        """How often a model was asked for the answer itself, as far as a process that died could tell."""
        return self._count("gateway_querylog WHERE run_id = %s AND prompt_version LIKE 'answer%%'", run_id)

    def runs_left(self) -> int:
        return self._count("chat_run WHERE finished_at IS NULL")

    def _count(self, rows: str, *values: object) -> int:
        with psycopg.connect(service_urls(self.gateway.product.var).database_url) as connection:
            found = connection.execute(f"SELECT count(*) FROM {rows}", values).fetchone()  # type: ignore[arg-type]  # the text is ours
            return int(found[0]) if found else 0


@contextmanager
def running_scene(environment: Mapping[str, str] | None = None, *, streams: int = 0) -> Iterator[Scene]:
    given = dict(environment or {})
    with running_gateway(given) as gateway:
        session = Session(gateway.product.url)
        session.sign_in(gateway.product.email, gateway.product.password)
        scene = Scene(gateway, session, int(given.get("QUIRE_RUN_LEASE_SECONDS", "10")), streams)
        scene.speak(0)
        (undisturbed,) = scene.ask_and_read(1)
        undisturbed.join()
        scene.expected = scene.answer_of(undisturbed.run_id)
        if "Ctrl-C" not in scene.expected or undisturbed.text.strip() != scene.expected:
            raise RuntimeError(f"the answer without a fault is {scene.expected!r}, read {undisturbed.text!r}, {undisturbed.trouble}")
        yield scene
