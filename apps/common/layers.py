"""The channel layer, for whom a Redis that is away is no reason to hang up."""

import asyncio
import logging
from typing import Any

from channels_redis.core import RedisChannelLayer
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0


class PatientChannelLayer(RedisChannelLayer):
    """Channels' own, but a socket outlives an absence of Redis: it hears no bell meanwhile, and looks by itself."""

    async def receive(self, channel: str) -> Any:
        """The next message of `channel`, however long Redis is away."""
        is_first = True
        while True:
            try:
                return await super().receive(channel)
            except (RedisError, OSError) as trouble:
                if is_first:
                    logger.warning("channel_layer.away", extra={"reason": type(trouble).__name__})
                is_first = False
                await asyncio.sleep(RETRY_SECONDS)
