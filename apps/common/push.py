"""The doorbell: tells open sockets and sleeping processes that a row changed. What changed is read from Postgres.

A ring may get lost (the channel layer delivers at most once); whoever listens also looks by itself once a second.
"""

import asyncio
import logging
from typing import Any

from asgiref.sync import async_to_sync
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
    """`aring` for synchronous code."""
    async_to_sync(aring)(topic, data)
