"""The doorbell: tells open sockets and sleeping processes that a row changed. What changed is read from Postgres.

A ring may get lost (the channel layer delivers at most once); whoever listens also looks by itself once a second.
"""

import asyncio
import logging
import os
import threading
from typing import Any

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# A Redis that hangs must not hold up whoever rings.
RING_SECONDS = 1.0


async def aring(topic: str, data: dict[str, Any]) -> None:
    """Ring `topic`; never raises, because nobody depends on a bell."""
    layer = get_channel_layer()
    if layer is None:
        return
    try:
        async with asyncio.timeout(RING_SECONDS):
            await layer.group_send(topic, {"type": "push.message", "topic": topic, "data": data})
    except (RedisError, OSError, RuntimeError):
        # Redis away or slow: listeners look by themselves.
        logger.warning("push.failed", extra={"topic": topic.partition(".")[0]})


def ring(topic: str, data: dict[str, Any]) -> None:
    """`aring` for synchronous code, which does not wait for it: a loop of its own does, with one connection for good."""
    asyncio.run_coroutine_threadsafe(aring(topic, data), _ringer.loop())


class _Ringer:
    """The event loop of this process that rings for synchronous code, in a thread from the first ring on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="ringer", daemon=True).start()
            return self._loop


_ringer = _Ringer()


def _forget_after_fork() -> None:
    """A child process has none of its parent's threads."""
    global _ringer
    _ringer = _Ringer()


os.register_at_fork(after_in_child=_forget_after_fork)
