"""Listening to the bell from a process that is no socket. What it misses, the listener's own look each second finds."""

import asyncio
import logging
from collections.abc import Callable

from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
REJOIN_SECONDS = 60.0


async def listen(topic: str, on_ring: Callable[[], None]) -> None:
    """Call `on_ring` whenever `topic` rings, until cancelled. A Redis that is away is logged once and awaited."""
    has_layer = True
    while True:
        try:
            await _listen_once(topic, on_ring)
            has_layer = True
        except asyncio.CancelledError:
            raise
        except Exception as trouble:  # noqa: BLE001  # whatever the layer's client raises: nothing depends on the bell
            if has_layer:
                logger.warning("doorbell.away", extra={"topic": topic.partition(".")[0], "reason": type(trouble).__name__})
            has_layer = False
            await asyncio.sleep(RETRY_SECONDS)


async def _listen_once(topic: str, on_ring: Callable[[], None]) -> None:
    """Join the group, listen for a minute, and leave: an emptied Redis forgets who was in it."""
    layer = get_channel_layer()
    if layer is None:
        await asyncio.sleep(REJOIN_SECONDS)
        return
    channel = await layer.new_channel()
    await layer.group_add(topic, channel)
    try:
        async with asyncio.timeout(REJOIN_SECONDS):
            while True:
                await layer.receive(channel)
                on_ring()
    except TimeoutError:
        return
    finally:
        await layer.group_discard(topic, channel)
