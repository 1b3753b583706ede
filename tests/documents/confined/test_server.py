"""The server outlives its children and not those who ask it; whatever is killed, nothing stays."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from apps.documents.errors import ContentTooLarge
from apps.documents.ingest.confined import folders
from apps.documents.ingest.confined.errors import ReaderGone
from apps.documents.ingest.confined.host import Host

ROOT = Path(__file__).parents[3]


def wait_until(is_so) -> bool:
    until = time.monotonic() + 30
    while not is_so() and time.monotonic() < until:
        time.sleep(0.005)
    return is_so()


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def test_a_killed_child_ends_its_file_only(read, host, is_empty):
    beside = read("many").pages
    [older] = children_of(host.start().process.pid)
    pages = read("many").pages
    [child] = [pid for pid in children_of(host.start().process.pid) if pid != older]
    os.kill(child, signal.SIGKILL)
    with pytest.raises(ReaderGone):
        list(pages)
    assert len(list(beside)) == 1000
    assert is_empty()


def test_a_killed_server_takes_its_children_with_it_and_is_replaced(read, own_host):
    first = own_host.start()
    pages = read("many", of=own_host).pages
    [child] = children_of(first.process.pid)
    first.process.kill()
    with pytest.raises(ReaderGone):
        list(pages)
    assert wait_until(lambda: not is_running(child))
    assert read("good", of=own_host).title == "Title"
    assert own_host.start() is not first
    assert not first.folder.exists()


def test_a_server_that_cannot_be_started_is_worth_another_try(read, monkeypatch):
    monkeypatch.setattr("apps.documents.ingest.confined.host.sys.executable", "/nowhere/python")
    with pytest.raises(ReaderGone):
        read("good", of=Host())


def test_a_server_that_does_not_come_up_is_worth_another_try(read):
    host = Host("tests.documents.confined.nothing")
    with pytest.raises(ReaderGone):
        read("good", of=host)
    host.stop()


def test_who_forks_from_the_host_asks_the_same_server(read, own_host, place):
    server = own_host.start().process.pid
    child = os.fork()
    if not child:
        code = 1
        try:
            code = 0 if len(list(read("good", of=own_host).pages)) == 2 and own_host.start().process.pid == server else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert own_host.start().process.poll() is None


SCRIPT = """
import sys
from pathlib import Path
from apps.documents.ingest.confined.reading import read_confined
from apps.documents.ingest.confined.host import Host
from apps.documents.types import Kind

host = Host("tests.documents.confined.planted")
pages = read_confined(Path(sys.argv[1]), Kind.CSV, lambda *_: None, host=host).pages
next(iter(pages))
print(host.start().process.pid, host.start().folder, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_server_ends_with_the_process_that_started_it(place, how):
    path = place / "file"
    path.write_text("many", encoding="utf-8")
    with subprocess.Popen([sys.executable, "-c", SCRIPT, str(path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as starter:
        pid, folder = starter.stdout.readline().split()
        [child] = children_of(int(pid))
        starter.send_signal(how)
        assert wait_until(lambda: not is_running(int(pid)) and not is_running(child))
        assert wait_until(lambda: not Path(folder).exists())


def test_a_worker_that_is_killed_leaves_no_child(read, own_host, is_empty):
    server = own_host.start().process.pid
    worker = os.fork()
    if not worker:
        pages = read("many", of=own_host).pages
        next(iter(pages))
        signal.pause()
    assert wait_until(lambda: children_of(server))
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)
    assert wait_until(lambda: not children_of(server))
    assert is_empty(own_host)


def test_a_host_that_stops_ends_its_server_and_starts_another_when_asked(own_host):
    running = own_host.start()
    own_host.stop()
    own_host.stop()
    assert running.process.returncode == 0
    assert not running.folder.exists()
    assert own_host.start() is not running


def test_the_server_holds_no_environment_and_no_other_descriptors(host):
    pid = host.start().process.pid
    assert wait_until(lambda: children_of(pid) == [])
    names = {entry.split("=")[0] for entry in Path(f"/proc/{pid}/environ").read_text(encoding="utf-8").split("\0") if entry}
    assert names - {"QUIRE_TESTS_COVERAGE"} == {"LANG", "MALLOC_ARENA_MAX", "OMP_THREAD_LIMIT", "PATH", "PYTHONDONTWRITEBYTECODE"}
    assert Path(f"/proc/{pid}/task").is_dir()
    assert len(list(Path(f"/proc/{pid}/task").iterdir())) == 1


def test_a_child_that_fills_its_folder_is_ended(read, is_empty):
    with pytest.raises(ContentTooLarge):
        read("litter")
    assert is_empty()


def test_folders_that_nobody_holds_any_more_are_removed(tmp_path, monkeypatch):
    abandoned, held, fresh = (tmp_path / f"{folders.PREFIX}{name}" for name in ("abandoned", "held", "fresh"))
    for folder in (abandoned, held, fresh):
        folder.mkdir()
    (abandoned / "file").write_bytes(b"x")
    for folder in (abandoned, held):
        os.utime(folder, (0, 0))
    opened = os.open(held, os.O_RDONLY)
    folders.fcntl.flock(opened, folders.fcntl.LOCK_EX)
    (tmp_path / f"{folders.PREFIX}link").symlink_to(tmp_path)
    folders.remove_abandoned(tmp_path)
    os.close(opened)
    assert sorted(path.name.removeprefix(folders.PREFIX) for path in tmp_path.iterdir()) == ["fresh", "held", "link"]


def test_a_lent_folder_goes_with_its_block_and_is_nobody_s_once_its_holder_was_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(folders.tempfile, "tempdir", str(tmp_path))
    with folders.lend_folder() as lent:
        (lent / "original").write_bytes(b"x")
        os.utime(lent, (0, 0))
        folders.remove_abandoned()
        assert (lent / "original").exists()
    assert not lent.exists()
    killed = tmp_path / f"{folders.PREFIX}killed"
    killed.mkdir()
    os.close(folders.hold(killed))
    os.utime(killed, (0, 0))
    folders.remove_abandoned()
    assert not killed.exists()


def test_a_folder_holds_so_many_bytes_and_so_many_files(tmp_path, monkeypatch):
    assert not folders.is_too_much(tmp_path)
    (tmp_path / "one").write_bytes(b"x" * 20_000)
    assert not folders.is_too_much(tmp_path)
    monkeypatch.setattr(folders, "MAX_FOLDER_BYTES", 10_000)
    assert folders.is_too_much(tmp_path)
    assert not folders.is_too_much(tmp_path / "gone")


def test_a_server_ended_while_it_starts_leaves_no_folder(own_host):
    running = own_host.start()
    assert wait_until(lambda: folders._is_held(running.folder))
    running.process.terminate()
    running.process.wait(30)
    assert not running.folder.exists()
