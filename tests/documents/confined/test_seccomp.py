"""The filter on both kinds of machine, decided as the kernel would."""

import errno
import os

import pytest

from apps.documents.ingest.confined import seccomp
from apps.documents.ingest.confined.syscalls import ALWAYS, LIMITED, NEWEST, PROGRAMS, numbers

ALLOW, REFUSE = seccomp._ALLOW, seccomp._ERRNO | errno.EPERM
MISSING = seccomp._ERRNO | errno.ENOSYS
PID = 4711
MACHINES = sorted(seccomp._MACHINES)
# The numbers of socket, connect, ptrace, mount, execveat, chmod by machine.
REFUSED = {"x86_64": (41, 42, 101, 165, 322, 90), "aarch64": (198, 203, 117, 40, 281, 52)}


def decide(program, number, *arguments, arch):
    """Run the filter: load a word, jump where it equals or is at least, return."""
    data = {0: number, 4: arch} | {16 + 8 * index: value & 0xFFFFFFFF for index, value in enumerate(arguments)}
    at = accumulator = 0
    while True:
        code, if_so, if_not, value = program[at]
        at += 1
        if code == seccomp._RETURN:
            return value
        if code == seccomp._LOAD:
            accumulator = data.get(value, 0)
        else:
            tests = {seccomp._IF_EQUAL: accumulator == value, seccomp._IF_AT_LEAST: accumulator >= value, seccomp._IF_ANY_BIT: accumulator & value}
            is_so = tests[code]
            at += if_so if is_so else if_not


@pytest.fixture(params=MACHINES)
def machine(request):
    return request.param


@pytest.fixture
def ask(machine):
    arch, column = seccomp._MACHINES[machine]

    def ask(name, *arguments, also=(), arch=arch):
        known = numbers(",".join((ALWAYS, LIMITED, PROGRAMS)), column)
        program = seccomp.make_filter(seccomp._MACHINES[machine], also, PID)
        return decide(program, known.get(name, name), *arguments, arch=arch)

    return ask


def test_what_reading_needs_is_allowed(ask):
    assert {ask(name) for name in ("read", "write", "openat", "mmap", "futex", "exit_group", "wait4")} == {ALLOW}


def test_what_it_does_not_need_is_refused(ask, machine):
    assert {ask(number) for number in REFUSED[machine]} == {REFUSE}
    assert {ask(name) for name in ("clone", "execve", "seccomp")} == {REFUSE}


def test_calls_of_another_machine_are_refused(ask):
    assert ask("read", arch=0x40000003) == REFUSE
    assert ask(0x40000000) == REFUSE


def test_what_came_later_seems_not_to_be_there(ask):
    assert ask(NEWEST + 1) == ask("clone3") == ask("clone3", also=seccomp.HELPER) == MISSING


def test_some_calls_are_allowed_with_some_arguments_only(ask):
    assert ask("kill", PID, 9) == ask("tgkill", PID, PID, 6) == ask("prlimit64", 0, 7) == ask("fcntl", 5, 1030) == ask("ioctl", 1, 0x5401) == ALLOW
    # Signals to others, another process's limits, F_SETOWN, TIOCSTI.
    assert ask("kill", 1, 9) == ask("tgkill", 1, 1, 9) == ask("prlimit64", 1, 7) == ask("fcntl", 5, 8) == ask("ioctl", 1, 0x5412) == REFUSE
    assert ask("kill", -1, 9) == REFUSE


def test_files_without_a_name_are_refused(ask, machine):
    """By `openat`, and where there is `open`, by that."""
    assert ask("openat", -100, 0, 0o102) == ALLOW
    assert ask("openat", -100, 0, 0o20200002) == REFUSE
    if machine == "x86_64":
        assert (ask("open", 0, 0o102), ask("open", 0, 0o20200002)) == (ALLOW, REFUSE)


def test_the_helper_starts_programs_and_a_program_starts_none(ask):
    assert ask("clone", also=seccomp.HELPER) == ask("execve", also=seccomp.HELPER) == ask("kill", 1, also=seccomp.HELPER) == ALLOW
    assert ask("execve", also=seccomp.PROGRAM) == ALLOW
    assert ask("clone", also=seccomp.PROGRAM) == ask("kill", 1, also=seccomp.PROGRAM) == REFUSE


@pytest.mark.parametrize(("machine", "column"), [("x86_64", 1), ("aarch64", 2)])
def test_no_number_stands_there_twice(machine, column):
    known = numbers(",".join((ALWAYS, LIMITED, PROGRAMS)), column)
    assert len(set(known.values())) == len(known)
    assert max(known.values()) <= NEWEST


def test_a_machine_whose_calls_are_not_known_has_no_filter(monkeypatch):
    assert seccomp.is_there()
    monkeypatch.setattr(seccomp.os, "uname", lambda: os.uname_result(("Linux", "", "", "", "riscv64")))
    assert not seccomp.is_there()
