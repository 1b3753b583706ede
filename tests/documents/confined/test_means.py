"""What is asked of kernels that have less than this one."""

import os
import struct

import pytest

from apps.documents.ingest.confined import landlock, walls
from apps.documents.ingest.confined.landlock import EXECUTE, OWN, READ, Rule
from apps.documents.ingest.confined.walls import Means, Walls


class Kernel:
    """A Landlock of some version, which takes no right that it does not know."""

    def __init__(self, version: int) -> None:
        self.version, self.rules, self.is_closed = version, [], False

    def __call__(self, number, *arguments):
        if number == landlock._CREATE and arguments[0] is None:
            return self.version or -1
        if number == landlock._CREATE:
            self.size = arguments[1].value
            self.handled, self.network, self.scopes = struct.unpack("QQQ", arguments[0])
            return os.open(os.devnull, os.O_RDONLY)
        if number == landlock._ADD_RULE:
            rights, _ = struct.unpack("=Qi", arguments[2])
            self.rules.append(rights)
            return 0
        self.is_closed = True
        return 0


@pytest.mark.parametrize(("version", "bits", "size"), [(1, 13, 8), (2, 14, 8), (3, 15, 8), (4, 15, 16), (5, 16, 16), (6, 16, 24), (9, 16, 24)])
def test_each_landlock_is_asked_for_what_it_knows(monkeypatch, tmp_path, version, bits, size):
    kernel = Kernel(version)
    monkeypatch.setattr(landlock, "call", kernel)
    opened = os.open(tmp_path, os.O_RDONLY)
    rules = [Rule(tmp_path, OWN), Rule(tmp_path / "nothing", READ), Rule(opened, READ), Rule(tmp_path / "f", EXECUTE)]
    (tmp_path / "f").write_bytes(b"")
    landlock.show_only(rules)
    os.close(opened)
    assert (kernel.handled, kernel.size, kernel.is_closed) == ((1 << bits) - 1, size, True)
    assert (kernel.network, kernel.scopes) == (3 * (version >= 4), 3 * (version >= 6))
    assert kernel.rules == [OWN & kernel.handled, READ, EXECUTE]


def test_a_wall_that_cannot_be_built_is_an_error(monkeypatch):
    monkeypatch.setattr(landlock, "call", lambda number, *_: 1 if number == landlock._CREATE and _[0] is None else -1)
    with pytest.raises(OSError, match="landlock"):
        landlock.show_only([])


@pytest.fixture
def built(monkeypatch):
    """Say which walls are built rather than build them around the tests."""
    done = []
    for name in ("be_ended_first", "limit_this_process", "never_gain_rights", "let_nobody_look", "give_up_rights"):
        monkeypatch.setattr(walls, name, lambda name=name: done.append(name))
    monkeypatch.setattr(walls, "leave_network", lambda: True)
    monkeypatch.setattr(landlock, "show_only", lambda rules: done.append(("landlock", rules[-1].path)))
    monkeypatch.setattr(walls.seccomp, "allow_only", lambda calls: done.append(("seccomp", sorted(calls))))
    return done


@pytest.mark.parametrize("means", [Means(True, 7), Means(False, 7), Means(True, 0), Means(False, 0)])
def test_the_other_walls_stand_where_the_kernel_lacks_one(monkeypatch, built, tmp_path, means):
    monkeypatch.setattr(walls, "find_means", lambda: means)
    Walls().build(0, tmp_path)
    expected = [("landlock", tmp_path)] * bool(means.landlock) + [("seccomp", [])] * means.seccomp
    assert built[5:] == expected
    assert len(built) == 5 + len(expected)


def test_the_helper_may_start_programs_and_they_may_not(built, tmp_path):
    made = Walls()
    made.build_for_helper(tmp_path)
    made.build_for_program()
    assert [sorted(walls.seccomp.HELPER), sorted(walls.seccomp.PROGRAM)] == [calls for name, calls in built[6:] if name == "seccomp"]
