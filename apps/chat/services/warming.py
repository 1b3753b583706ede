"""Load what the first question would otherwise wait for: the graph and the embedded model."""

import logging
import time

from apps.chat.graph.build import build_agent
from apps.common.errors import QuireError
from apps.gateway.services import embed
from apps.gateway.types import Principal

logger = logging.getLogger(__name__)


async def warm_up() -> None:
    started = time.monotonic()
    build_agent()
    try:
        await embed(Principal(user_id=None, workspace_id=None, purpose="warm-up"), ["What is in the library?"])
    except QuireError as error:
        logger.warning("agents.warm_up_failed", extra={"code": error.code})
        return
    logger.info("agents.warm", extra={"latency_ms": round((time.monotonic() - started) * 1000)})
