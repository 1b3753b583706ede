"""The faults themselves: each waits for its moment and strikes once. Everything is real: processes, signals, servers."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from config.embedded.folders import socket_folder
from config.embedded.postgres import Postgres
from config.embedded.valkey import Valkey
from tools.ingestion.family import find_workers, holder_of
from tools.ingestion.scene import Scene

MOMENT_SECONDS = 120.0
# The supervisor gives up on a process that dies three times a minute.
_PARENT_PAUSE = 32.0
# Sends the files and returns their documents.
Send = Callable[[], list[str]]
_last_parent = [float("-inf")]


class MissedMoment(Exception):
    """What was to be disturbed was over before it could be."""


def kill_at_claim(scene: Scene, send: Send) -> list[str]:
    """The child has claimed a document, and read nothing of it."""
    parent = find_workers(scene.product.pid).parent
    os.kill(parent, signal.SIGSTOP)
    try:
        documents = send()
        scene.hand.do("hold", what="claim")
    finally:
        os.kill(parent, signal.SIGCONT)
    return _strike_blocked(scene, documents, "parse-0.lock")


def kill_at_parse(scene: Scene, send: Send) -> list[str]:
    documents = send()
    _wait_for_pages(scene, documents)
    _kill(_holder(scene, "parse-0.lock"))
    return documents


def kill_at_store(scene: Scene, send: Send) -> list[str]:
    scene.hand.do("hold", what="store")
    return _strike_blocked(scene, send(), "parse-0.lock")


def kill_at_embed(scene: Scene, send: Send) -> list[str]:
    """Some vectors of the longest document are written, and others are being made."""
    documents = send()
    _until(lambda: scene.hand.do("job", document=documents[0])["passages_done"] > 0, "no vectors")
    _kill(_holder(scene, "embedder-0.lock"))
    return documents


def kill_at_vectors(scene: Scene, send: Send) -> list[str]:
    scene.hand.do("hold", what="vectors")
    return _strike_blocked(scene, send(), "embedder-0.lock")


def kill_at_publish(scene: Scene, send: Send) -> list[str]:
    """In the transaction that makes documents visible, after their vectors and before their versions."""
    scene.hand.do("hold", what="vectors")
    documents = send()
    _until(lambda: scene.hand.do("unfinished").get("embedding", 0) >= len(documents), "not all are read")
    scene.hand.do("hold", what="publish")
    scene.hand.do("let_go", what="vectors")
    return _strike_blocked(scene, documents, "embedder-0.lock")


def kill_parent(scene: Scene, send: Send) -> list[str]:
    time.sleep(max(0.0, _last_parent[0] + _PARENT_PAUSE - time.monotonic()))
    documents = send()
    _wait_for_pages(scene, documents)
    _kill(find_workers(scene.product.pid).parent)
    _last_parent[0] = time.monotonic()
    _until(lambda: find_workers(scene.product.pid).pool != (), "the worker was not started anew")
    return documents


def kill_reader(scene: Scene, send: Send) -> list[str]:
    documents = send()
    _wait_for_pages(scene, documents)
    readers = find_workers(scene.product.pid).readers
    if not readers:
        raise MissedMoment("no reader")
    _kill(readers[0])
    return documents


def kill_fork_server(scene: Scene, send: Send) -> list[str]:
    documents = send()
    _wait_for_pages(scene, documents)
    _kill(find_workers(scene.product.pid).server)
    return documents


def empty_redis(scene: Scene, send: Send) -> list[str]:
    documents = send()
    _wait_for_pages(scene, documents)
    scene.hand.do("empty_redis")
    return documents


def restart_redis(scene: Scene, send: Send) -> list[str]:
    documents = send()
    _wait_for_pages(scene, documents)
    _restart(Valkey(scene.product.var, socket_folder(scene.product.var)))
    return documents


def restart_postgres(scene: Scene, send: Send) -> list[str]:
    documents = send()
    _wait_for_pages(scene, documents)
    _restart(Postgres(scene.product.var, socket_folder(scene.product.var)))
    return documents


def deliver_twice(scene: Scene, send: Send) -> list[str]:
    """Every task again and again, while it is worked on and when it is done."""
    documents = send()
    for _ in range(5):
        scene.hand.do("enqueue", name="documents.ingest", times=4, arguments=[])
        scene.hand.do("enqueue", name="documents.embed", times=4, arguments=[])
        scene.hand.do("enqueue", name="documents.sweep", times=1, arguments=[])
        time.sleep(0.5)
    return documents


def fill_disk(scene: Scene, send: Send) -> list[str]:
    """The disk of the originals has no room for the file that is sent. It is refused as the server's trouble; nothing of it stays."""
    before = _files(scene)
    with _small_disk(scene.product.var / "media") as has_room:
        sent = scene.uploader.send("too much for the disk.txt", os.urandom(1 << 20).hex().encode())
        del has_room
    if sent.status not in {503, 507} or not sent.body.get("detail"):
        raise RuntimeError(f"a full disk is answered with {sent.status} {sent.body}")
    if _files(scene) != before:
        raise RuntimeError(f"a full disk leaves {_files(scene) - before}")
    return send()


class _small_disk:
    """Put a disk of a megabyte in the place of a folder, with what is in it, for the block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        self.kept = self.folder.with_name("media.kept")
        shutil.copytree(self.folder, self.kept)
        used = sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())
        size = f"size={used + (1 << 20)}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"{size},mode=0700", "tmpfs", str(self.folder)], check=True, capture_output=True)
        shutil.copytree(self.kept, self.folder, dirs_exist_ok=True)

    def __exit__(self, *_: object) -> None:
        try:
            subprocess.run(["umount", str(self.folder)], check=True, capture_output=True)
        finally:
            shutil.rmtree(self.kept)


def _files(scene: Scene) -> set[str]:
    return {str(path) for path in (scene.product.var / "media").rglob("*") if path.is_file()}


def _strike_blocked(scene: Scene, documents: list[str], lock: str) -> list[str]:
    """Kill who holds the lock file as soon as the database makes it wait, and let everybody else go on."""
    try:
        _until(lambda: scene.hand.do("waiting")["count"] > 0 and holder_of(_run(scene) / lock) > 0, "nobody waits")
        _kill(_holder(scene, lock))
    finally:
        scene.hand.do("let_go")
    return documents


def _wait_for_pages(scene: Scene, documents: list[str]) -> None:
    """Until pages of the longest document are read, and others are to come."""

    def is_reading() -> bool:
        job: dict[str, Any] = scene.hand.do("job", document=documents[0])
        if job["state"] not in {"queued", "running"}:
            raise MissedMoment(str(job))
        return job["state"] == "running" and job["pages_done"] > 0

    _until(is_reading, "no page is read")


def _holder(scene: Scene, lock: str) -> int:
    pid = holder_of(_run(scene) / lock)
    if not pid:
        raise MissedMoment(f"nobody holds {lock}")
    return pid


def _run(scene: Scene) -> Path:
    return scene.product.var / "run"


def _kill(pid: int) -> None:
    if not pid:
        raise MissedMoment("no such process")
    os.kill(pid, signal.SIGKILL)


def _restart(server: Valkey | Postgres) -> None:
    """Not three times within a minute: `make serve` takes that for a server that cannot run, and ends."""
    time.sleep(max(0.0, _restarted.get(type(server), 0.0) + _APART_SECONDS - time.monotonic()))
    server.stop()
    server.wait_until_ready(server.start())
    _restarted[type(server)] = time.monotonic()


def _until(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + MOMENT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{otherwise} after {MOMENT_SECONDS:.0f} s")
        time.sleep(0.01)


_APART_SECONDS = 32.0
# When each server was last restarted.
_restarted: dict[type, float] = {}

BLOWS: dict[str, Callable[[Scene, Send], list[str]]] = {
    blow.__name__: blow
    for blow in (
        *(kill_at_claim, kill_at_parse, kill_at_store, kill_at_embed, kill_at_vectors, kill_at_publish),
        *(kill_parent, kill_reader, kill_fork_server, empty_redis, restart_redis, restart_postgres, fill_disk, deliver_twice),
    )
}
