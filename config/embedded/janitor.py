"""Waits until nobody uses the servers of a `var` any more, then becomes `config.embedded.sweep`, which stops them.

The last user does so itself when it leaves in good order; this is for the one that was killed. It waits in a bare
interpreter (`python -I -S janitor.py LOCK VAR`) because it lives as long as the servers and each megabyte counts.
"""

import fcntl
import os
import sys


def main(lock: str, var: str) -> None:
    users = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(users, fcntl.LOCK_EX)  # granted when the last user lets go
    os.close(users)
    os.execv(sys.executable, [sys.executable, "-S", "-m", "config.embedded.sweep", var])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
