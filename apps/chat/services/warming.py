"""Load what the first question would otherwise wait for: the graph, and the embedded models."""

import logging
import time

from apps.chat.graph.build import build_agent
from apps.common.errors import QuireError
from apps.gateway.selectors import get_chat_model
from apps.gateway.services import complete, embed
from apps.gateway.types import ChatMessage, PassageBlock, Principal, TextBlock

logger = logging.getLogger(__name__)

_PRINCIPAL = Principal(user_id=None, workspace_id=None, purpose="warm-up")
_QUESTION = "What is in the library?"


async def warm_up() -> None:
    """Never raises: a model that cannot be loaded is told to whoever asks."""
    started = time.monotonic()
    build_agent()
    try:
        await embed(_PRINCIPAL, [_QUESTION])
        if get_chat_model().is_embedded:
            await _answer_once()
    except QuireError as error:
        logger.warning("agents.warm_up_failed", extra={"code": error.code})
        return
    logger.info("agents.warm", extra={"latency_ms": round((time.monotonic() - started) * 1000)})


async def _answer_once() -> None:
    """Only with the embedded model: a connected one would be paid for it."""
    passage = PassageBlock(type="passage", number=1, title="Library", place="", text="The library holds documents.")
    async for _ in complete(_PRINCIPAL, [ChatMessage("user", [TextBlock(type="text", text=_QUESTION), passage])]):
        pass
