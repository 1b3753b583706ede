"""The faults: each asks, waits for its moment, strikes once, and gives the pages that read along. Everything is real: processes, signals, servers.

A process of the product that dies is started anew by `make serve`, as an operator's process manager does.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

import redis

from config.embedded.folders import socket_folder
from config.embedded.postgres import Postgres
from config.embedded.services import service_urls
from config.embedded.valkey import Valkey
from tools.faults.reader import PageReader
from tools.faults.scene import PATIENCE_SECONDS, WORDS, Scene
from tools.product import OWN_NAMES, ROOT

NODES = ("understand", "retrieve", "answer", "verify", "finish")
WORD_MS = 40
# So slow that no answer is finished in the ten seconds that SIGTERM leaves.
SLOW_WORD_MS = 180
STREAMS, MANY_STREAMS = 4, 50
# `make serve` gives up on a process that dies three times a minute.
_APART_SECONDS = 31.0
_struck: dict[str, float] = {}

Blow = Callable[[Scene], list[PageReader]]


def cut_client(scene: Scene) -> list[PageReader]:
    """The reader's connection is reset at a random event; it comes back with the number that it has."""
    scene.speak(WORD_MS)
    return [scene.read(scene.ask(), cut_at=scene.chance.randint(2, WORDS // 2)) for _ in range(scene.streams or STREAMS)]


def kill_web(scene: Scene) -> list[PageReader]:
    return _in_the_middle(scene, lambda: os.kill(_after_a_while(scene, "-m daphne"), signal.SIGKILL))


def restart_redis(scene: Scene) -> list[PageReader]:
    return _in_the_middle(scene, partial(_restart, Valkey(scene.gateway.product.var, socket_folder(scene.gateway.product.var))))


def flush_redis(scene: Scene) -> list[PageReader]:
    def flush() -> None:
        with redis.Redis.from_url(service_urls(scene.gateway.product.var).redis_url) as client:
            client.flushall()

    return _in_the_middle(scene, flush)


def restart_postgres(scene: Scene) -> list[PageReader]:
    return _in_the_middle(scene, partial(_restart, Postgres(scene.gateway.product.var, socket_folder(scene.gateway.product.var))))


def terminate_agents(scene: Scene) -> list[PageReader]:
    """SIGTERM while so many are being answered: what is not finished in ten seconds is handed over."""
    return _in_the_middle(scene, lambda: os.kill(_after_a_while(scene, "run_agents"), signal.SIGTERM), streams=MANY_STREAMS, word_ms=SLOW_WORD_MS)


def kill_agents_in(node: str, scene: Scene) -> list[PageReader]:
    """An agents process of our own has the run and dies in the node; the product's, which could not move meanwhile, finds the lease run out."""
    seconds = scene.speak(WORD_MS)
    other = scene.pid_of("run_agents")
    os.kill(other, signal.SIGSTOP)
    try:
        readers = scene.ask_and_read(1)
        lives = scene.chance.uniform(0.1, 0.9) * seconds if node == "answer" else PATIENCE_SECONDS
        code = subprocess.run(
            [sys.executable, "-m", "tools.faults.doomed", node, f"{lives:.2f}"], cwd=ROOT, env=_environment(scene), timeout=PATIENCE_SECONDS, check=False
        ).returncode
    finally:
        os.kill(other, signal.SIGCONT)
    if code != -signal.SIGKILL:
        raise RuntimeError(f"the process was to die in {node}, and ended with {code}")
    return readers


def _in_the_middle(scene: Scene, strike: Callable[[], None], *, streams: int = STREAMS, word_ms: int = WORD_MS) -> list[PageReader]:
    seconds = scene.speak(word_ms)
    readers = scene.ask_and_read(scene.streams or streams)
    scene.wait_for_words(readers)
    time.sleep(scene.chance.uniform(0, 0.6) * seconds * (WORD_MS / word_ms))
    strike()
    return readers


def _after_a_while(scene: Scene, command: str) -> int:
    wait_apart(command)
    return scene.pid_of(command)


def wait_apart(what: str) -> None:
    """Not three times within a minute: `make serve` takes that for something that cannot run, and ends."""
    time.sleep(max(0.0, _struck.get(what, float("-inf")) + _APART_SECONDS - time.monotonic()))
    _struck[what] = time.monotonic()


def _restart(server: Valkey | Postgres) -> None:
    server.stop()
    server.wait_until_ready(server.start())


def _environment(scene: Scene) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OWN_NAMES)}
    own = {"QUIRE_VAR": str(scene.gateway.product.var), "QUIRE_MODELS_DIR": str(ROOT / "var" / "models"), "QUIRE_LOG_LEVEL": "ERROR"}
    return {**inherited, **own, "QUIRE_RUN_LEASE_SECONDS": str(scene.lease_seconds)}


BLOWS: dict[str, Blow] = {
    "cut_client": cut_client,
    "kill_web": kill_web,
    **{f"kill_agents_in_{node}": partial(kill_agents_in, node) for node in NODES},
    "restart_redis": restart_redis,
    "flush_redis": flush_redis,
    "restart_postgres": restart_postgres,
    "terminate_agents": terminate_agents,
}
