"""What the janitor becomes when the last user is gone (`python -S -m config.embedded.sweep VAR`)."""

import os
import sys
from pathlib import Path

from config.embedded.folders import locked
from config.embedded.sharing import LOCK, discard_scratch, janitor_command, stop_if_unused


def main(var: Path) -> None:
    with locked(var / LOCK):
        if stop_if_unused(var):
            discard_scratch(var)
            os._exit(0)  # at once, while the starter's lock is held: a starter that sees a janitor may rely on it
    command = janitor_command(var)  # somebody came in between: wait again
    os.execv(command[0], command)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
