"""The calls of Linux that reading a file needs: name, number on x86_64, number on aarch64, "-" where it has none.

Whatever is not here is refused: sockets, programs, mounts, tracing, keys, io_uring, rights of files, and what comes to Linux
after this was written. So are removing and renaming files: one that has no name any more takes room that nobody sees.
"""

_FILES = """
read 0 63, write 1 64, readv 19 65, writev 20 66, pread64 17 67, pwrite64 18 68, preadv 295 69, pwritev 296 70, lseek 8 62, close 3 57,
close_range 436 436, creat 85 -, stat 4 -, fstat 5 80, lstat 6 -, newfstatat 262 79, statx 332 291, access 21 -, faccessat 269 48,
faccessat2 439 439, readlink 89 -, readlinkat 267 78, getdents 78 -, getdents64 217 61, getcwd 79 17, chdir 80 49, fchdir 81 50,
umask 95 166, statfs 137 43, fstatfs 138 44, fsync 74 82, fdatasync 75 83, fallocate 285 47, fadvise64 221 223, copy_file_range 326 285,
sendfile 40 71, flock 73 32, ftruncate 77 46, dup 32 23, dup2 33 -, dup3 292 24, pipe 22 -, pipe2 293 59, poll 7 -,
ppoll 271 73, select 23 -, pselect6 270 72, epoll_create1 291 20, epoll_ctl 233 21, epoll_wait 232 -, epoll_pwait 281 22, eventfd2 290 19
"""
_MEMORY = "brk 12 214, mmap 9 222, munmap 11 215, mprotect 10 226, mremap 25 216, madvise 28 233, mincore 27 232, msync 26 227"
_THREADS = """
futex 202 98, set_robust_list 273 99, get_robust_list 274 100, set_tid_address 218 96, rseq 334 293, arch_prctl 158 -, membarrier 324 283,
sched_yield 24 124, sched_getaffinity 204 123, sched_getparam 143 121, sched_getscheduler 145 120, getcpu 309 168, getpriority 140 141
"""
_SIGNALS_AND_TIME = """
rt_sigaction 13 134, rt_sigprocmask 14 135, rt_sigreturn 15 139, rt_sigpending 127 136, rt_sigtimedwait 128 137, rt_sigsuspend 130 133,
sigaltstack 131 132, pause 34 -, restart_syscall 219 128, alarm 37 -, setitimer 38 103, getitimer 36 102, clock_gettime 228 113,
clock_getres 229 114, clock_nanosleep 230 115, nanosleep 35 101, gettimeofday 96 169, time 201 -, times 100 153
"""
_ITSELF = """
getpid 39 172, gettid 186 178, getppid 110 173, getpgrp 111 -, getpgid 121 155, getsid 124 156, getuid 102 174, geteuid 107 175,
getgid 104 176, getegid 108 177, getresuid 118 148, getresgid 120 150, getgroups 115 158, capget 125 90, uname 63 160, sysinfo 99 179,
getrandom 318 278, getrlimit 97 163, getrusage 98 165, exit 60 93, exit_group 231 94, wait4 61 260, waitid 247 95
"""
_LIMITED = "open 2 -, openat 257 56, ioctl 16 29, fcntl 72 25, prlimit64 302 261, kill 62 129, tgkill 234 131, tkill 200 130"
_PROGRAMS = "clone 56 220, clone3 435 435, fork 57 -, vfork 58 -, execve 59 221, seccomp 317 277"

# Without these, glibc takes the older call where it is told that there is no newer one.
NEWEST = 462


def numbers(rows: str, column: int) -> dict[str, int]:
    """Return the numbers by name; `column` 1 is x86_64, 2 is aarch64."""
    cells = (row.split() for row in rows.split(","))
    return {row[0]: int(row[column]) for row in cells if row[column] != "-"}


ALWAYS = ",".join((_FILES, _MEMORY, _THREADS, _SIGNALS_AND_TIME, _ITSELF))
LIMITED = _LIMITED
PROGRAMS = _PROGRAMS
# With fcntl one can have signals sent to anybody; with ioctl put words into a terminal.
FCNTL_COMMANDS = (0, 1, 2, 3, 4, 5, 6, 7, 1030, 1031, 1032)
IOCTL_COMMANDS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
