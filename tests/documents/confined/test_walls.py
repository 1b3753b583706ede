"""A child that was taken over reaches nothing, whoever runs it, and a good file beside it is read."""

import os
import socket
from pathlib import Path

import pytest

from apps.documents.ingest.confined.walls import find_means
from apps.documents.types import Kind

MEANS = find_means()
pytestmark = pytest.mark.skipif(not MEANS.seccomp or not MEANS.landlock, reason="this kernel has no such walls")

# ptrace, mount, umount2, pivot_root, chroot, unshare, setns, kexec_load, bpf, keyctl, add_key, io_uring_setup, userfaultfd,
# process_vm_readv, process_vm_writev, pidfd_open, pidfd_send_signal, memfd_create, personality, open_by_handle_at, perf_event_open,
# seccomp, landlock_create_ruleset, socketpair, shmget, setuid, init_module, quotactl, truncate (which Landlock knows from its third version on)
CALLS = {
    "x86_64": (101, 165, 166, 155, 161, 272, 308, 246, 321, 250, 248, 425, 323, 310, 311, 434, 424, 319, 135, 304, 298, 317, 444, 53, 29, 105, 175, 179, 76),
    "aarch64": (117, 40, 39, 41, 51, 97, 268, 104, 280, 219, 217, 425, 282, 270, 271, 434, 424, 279, 92, 265, 241, 277, 444, 199, 194, 146, 105, 60, 45),
}
X32 = 0x40000000


@pytest.fixture(params=["planted_host", "planted_host_of_user"], ids=["own user", "ordinary user"])
def host(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def attack(read, is_empty):
    """Return what came of an attack, after a good file was read beside it."""

    def attack(*deed, **more):
        said = next(page.text for page in read(*deed, **more).pages).split()
        assert len(list(read("good").pages)) == 2
        assert is_empty()
        return said

    return attack


def test_no_network_is_reached(attack):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        port = listening.getsockname()[1]
        assert attack("connect", port) == ["EPERM"]
        assert attack("send_datagram", port) == ["EPERM"]
        with pytest.raises(TimeoutError):
            listening.accept()
    assert attack("local_socket") == ["EPERM"]
    assert attack("two_sockets") == ["EPERM"]


def test_no_name_is_resolved(attack):
    assert attack("resolve") == ["gaierror"]


def test_nothing_is_started(attack):
    assert attack("fork") == ["EPERM"]
    assert attack("thread") == ["RuntimeError"]
    assert attack("start") == ["EPERM"]
    assert attack("execute", "/bin/true") == ["EPERM"]


def test_no_other_file_is_read(attack, place):
    secret = place / "secret"
    secret.write_text("secret", encoding="utf-8")
    secret.chmod(0o644)
    root = Path(__file__).parents[3]
    outside = ["/etc/passwd", root / "var", root / "config", root / "manage.py", secret, place, "/", "/root", "/tmp", "/proc/self/environ"]
    outside += [f"/proc/{os.getpid()}/{name}" for name in ("environ", "mem", "maps")]
    assert set(attack("look", *outside)) <= {"EACCES", "ENOENT"}
    assert attack("look", place / "file", root / "apps" / "documents" / "types.py")[::2] == ["done:", "done:"]


def test_nothing_is_written_outside_its_folder(attack, place):
    place.chmod(0o777)
    (place / "victim").write_text("whole", encoding="utf-8")
    (place / "victim").chmod(0o666)
    assert attack("write", "inside") == ["done:", "1"]
    assert set(attack("write", place / "victim", place / "file", place / "new", "/tmp/quire-new", "/dev/shm/quire-new")) == {"EACCES"}
    assert set(attack("open_rights", place / "victim")) <= {"EPERM", "EACCES"}
    assert (place / "victim").read_text(encoding="utf-8") == "whole"
    assert (place / "victim").stat().st_mode & 0o777 == 0o666
    assert sorted(path.name for path in place.iterdir()) == ["file", "victim"]


def test_it_leaves_only_plain_files(attack, place):
    assert attack("link", place / "file") == ["EPERM", "EPERM"]
    assert attack("make_places") == ["EPERM", "EPERM", "EPERM"]


def test_all_that_it_holds_is_seen_in_its_folder(attack):
    assert attack("hide") == ["EPERM"] * 4


def test_no_other_process_is_touched(attack, host):
    pids = (os.getpid(), host.start().process.pid, 1)
    assert set(attack("strike", *pids)) == {"EPERM"}
    assert host.start().process.poll() is None


def test_calls_that_reading_does_not_need_are_refused(attack):
    numbers = CALLS[os.uname().machine]
    assert attack("by_number", *numbers) == ["EPERM"] * len(numbers)
    assert attack("by_number", X32 + 39, 462 + 1, 435) == ["EPERM", "ENOSYS", "ENOSYS"]


def test_its_limits_cannot_be_widened(attack):
    assert set(attack("widen")) == {"EPERM"}


def test_it_holds_nothing_of_anybody(attack):
    said = " ".join(attack("describe"))
    assert said == "descriptors 0,1,2,3 environment LANG,MALLOC_ARENA_MAX,OMP_THREAD_LIMIT,PATH,PYTHONDONTWRITEBYTECODE rights 0000000000000000"


def test_tesseract_reads_a_picture_for_a_child_that_starts_nothing(attack):
    pytest.importorskip("PIL")
    from apps.documents.ingest.ocr import find_languages
    from apps.documents.ingest.parsers.base import Desk

    if "eng" not in find_languages():
        pytest.skip("Tesseract is not installed")
    desk = Desk(None, "eng")
    assert attack("recognise", kind=Kind.IMAGE, desk=desk) == ["Purple", "awls", "EPERM", "EPERM"]
    assert attack("command", "/bin/sh", "-c", "id", kind=Kind.IMAGE, desk=desk) == ["Tesseract", "gave", "no", "answer."]
    assert attack("command", "tesseract", "/etc/passwd", "stdout", kind=Kind.IMAGE, desk=desk) == ["Tesseract", "gave", "no", "answer."]
    assert attack("command", "tesseract", "--version", kind=Kind.IMAGE, desk=desk)[:2] == ["done:", "tesseract"]
