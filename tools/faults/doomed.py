"""An agents process that kills itself in the middle of one node: `python -m tools.faults.doomed answer 0.7`.

It dies when the node has done its work and before anybody knows of it, or so many seconds after the node's begin, whichever is first.
"""

import asyncio
import functools
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import django


def main() -> None:
    node, seconds = sys.argv[1], float(sys.argv[2])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command

    from apps.chat.graph import build

    setattr(build, node, dying(getattr(build, node), seconds))
    call_command("run_agents")


# Any: a node's state and update.
def dying(node: Callable[..., Awaitable[Any]], seconds: float) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(node)
    async def die_within(state: Any, runtime: Any) -> Any:
        asyncio.get_running_loop().call_later(seconds, die)
        await node(state, runtime)
        die()

    return die_within


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
