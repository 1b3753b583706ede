"""What a child that was taken over by its file would try. Each deed returns what came of it, as text."""

import ctypes
import errno
import os
import resource
import signal
import socket
import struct
import subprocess
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from apps.documents.ingest import ocr
from apps.documents.ingest.parsers.base import Desk
from apps.documents.ingest.types import Progress

_libc = ctypes.CDLL(None, use_errno=True)


def attempt(deed: Callable[[], object]) -> str:
    try:
        return f"done: {deed()!r}"
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        return errno.errorcode.get(getattr(error, "errno", None) or 0, type(error).__name__)


def connect(path: Path, progress: Progress, desk: Desk, port: str) -> str:
    return attempt(lambda: socket.create_connection(("127.0.0.1", int(port)), timeout=5))


def send_datagram(path: Path, progress: Progress, desk: Desk, port: str) -> str:
    return attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", int(port))))


def local_socket(path: Path, progress: Progress, desk: Desk) -> str:
    return attempt(lambda: socket.socket(socket.AF_UNIX))


def two_sockets(path: Path, progress: Progress, desk: Desk) -> str:
    return attempt(socket.socketpair)


def resolve(path: Path, progress: Progress, desk: Desk) -> str:
    return attempt(lambda: socket.getaddrinfo("example.org", 443))


def fork(path: Path, progress: Progress, desk: Desk) -> str:
    def bomb() -> int:
        for _ in range(100_000):
            if not os.fork():
                os._exit(0)
        return 100_000

    return attempt(bomb)


def thread(path: Path, progress: Progress, desk: Desk) -> str:
    return attempt(lambda: threading.Thread(target=str).start())


def execute(path: Path, progress: Progress, desk: Desk, program: str) -> str:
    return attempt(lambda: os.execv(program, [program]))


def start(path: Path, progress: Progress, desk: Desk) -> str:
    return attempt(lambda: subprocess.run(["/bin/true"], check=True))


def look(path: Path, progress: Progress, desk: Desk, *places: str) -> str:
    def size(place: Path) -> int:
        return len(list(place.iterdir()) if place.is_dir() else place.read_bytes())

    return " ".join(attempt(partial(size, Path(place))) for place in places)


def write(path: Path, progress: Progress, desk: Desk, *places: str) -> str:
    return " ".join(attempt(lambda place=place: Path(place).write_bytes(b"x")) for place in places)


def link(path: Path, progress: Progress, desk: Desk, target: str) -> str:
    soft = attempt(lambda: Path("link").symlink_to(target))
    hard = attempt(lambda: os.link(target, "hard"))
    return f"{soft} {hard}"


def make_places(path: Path, progress: Progress, desk: Desk) -> str:
    return " ".join(attempt(deed) for deed in (lambda: Path("folder").mkdir(), lambda: os.mkfifo("pipe"), lambda: os.mknod("device", 0o20666, 0x101)))


def open_rights(path: Path, progress: Progress, desk: Desk, place: str) -> str:
    deeds = (
        lambda: Path(place).chmod(0o777),
        lambda: os.chown(place, 1, 1),
        lambda: os.utime(place, (1, 1)),
        lambda: os.setxattr(place, "user.x", b"x"),
        lambda: os.truncate(place, 0),
        lambda: Path(place).rename(f"{place}2"),
        lambda: Path(place).unlink(),
    )
    return " ".join(attempt(deed) for deed in deeds)


def strike(path: Path, progress: Progress, desk: Desk, *pids: str) -> str:
    strikes = [attempt(lambda pid=pid: os.kill(int(pid), signal.SIGKILL)) for pid in (*pids, str(os.getppid()), "-1", "0")]
    strikes.append(attempt(lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))))
    return " ".join(strikes)


def by_number(path: Path, progress: Progress, desk: Desk, *numbers: str) -> str:
    """Call the kernel by number, with arguments that would do something."""

    def call(number: int) -> int:
        result = _libc.syscall(ctypes.c_long(number), *(ctypes.c_long(value) for value in (16, os.getppid(), 0, 0, 0)))
        if result < 0:
            raise OSError(ctypes.get_errno(), "call")
        return result

    return " ".join(attempt(lambda number=number: call(int(number))) for number in numbers)


def widen(path: Path, progress: Progress, desk: Desk) -> str:
    limits = (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE, resource.RLIMIT_CORE)
    endless = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)

    def widen_one(which: int) -> None:
        try:
            resource.setrlimit(which, endless)
        except ValueError as error:
            raise OSError(errno.EPERM, "limit") from error

    return " ".join(attempt(lambda which=which: widen_one(which)) for which in limits)


def describe(path: Path, progress: Progress, desk: Desk) -> str:
    """Say what this process holds: descriptors, environment, rights."""
    kept = []
    for number in range(256):
        try:
            os.fstat(number)
        except OSError:
            continue
        kept.append(str(number))
    header, rights = struct.pack("Ii", 0x20080522, 0), ctypes.create_string_buffer(24)
    _libc.capget(header, rights)
    effective = struct.unpack("6I", rights.raw)
    return f"descriptors {','.join(kept)} environment {','.join(sorted(os.environ))} rights {effective[3] | effective[4]:08x}{effective[0] | effective[1]:08x}"


def recognise(path: Path, progress: Progress, desk: Desk) -> str:
    """Read a picture of two words by Tesseract, which is not this process's to start."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("L", (700, 160), 255)
    ImageDraw.Draw(image).text((40, 40), "Purple awls", fill=0, font=ImageFont.load_default(64))
    picture = ocr.Picture(image.width, image.height, image.tobytes())
    words = [word.text for word in ocr.read_picture(picture, desk.ocr_languages, lambda: None)]
    return f"{' '.join(words)} {fork(path, progress, desk)} {start(path, progress, desk)}"


def command(path: Path, progress: Progress, desk: Desk, *words: str) -> str:
    """Ask the helper to start something else, or its program with other words."""
    try:
        return "done: " + ocr._run(words, b"", 20)
    except ocr.OcrFailed as error:
        return str(error)


def hide(path: Path, progress: Progress, desk: Desk) -> str:
    """Hold files that nobody sees who looks into the folder: without a name from the first, removed, replaced by another."""
    for name in ("one", "two"):
        Path(name).write_bytes(b"x")
    deeds = (
        lambda: os.open(".", os.O_TMPFILE | os.O_RDWR),
        lambda: Path("one").unlink(),
        lambda: Path("one").rename("two"),
        lambda: Path("one").rename("three"),
    )
    return " ".join(attempt(deed) for deed in deeds)


DEEDS: dict[str, Callable[..., object]] = {
    deed.__name__: deed
    for deed in (
        connect,
        send_datagram,
        local_socket,
        two_sockets,
        resolve,
        fork,
        thread,
        execute,
        start,
        look,
        write,
        link,
        make_places,
        open_rights,
        strike,
        by_number,
        widen,
        describe,
        recognise,
        command,
        hide,
    )
}
