"""The connected language model as a judge of the sentences that words and vectors leave in doubt: one short call for all of them."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args

from apps.chat.graph.claims import Claim
from apps.chat.graph.context import CompleteObject
from apps.chat.graph.marks import neutralise_marks
from apps.chat.graph.prompts import VERIFY, load_prompt
from apps.chat.graph.state import Support
from apps.common.errors import QuireError
from apps.gateway.types import ChatMessage, PassageBlock, TextBlock

logger = logging.getLogger(__name__)

SENTENCES_MAX = 12
PASSAGES_MAX = 8
SECONDS_MAX = 6.0
_SENTENCE_CHARS = 500
_PASSAGE_CHARS = 2_000
# Of the answer: its frame, and a word with its quotes and blanks.
_FRAME_CHARS, _VERDICT_CHARS = 100, 20
_VERDICTS: tuple[Support, ...] = get_args(Support)


async def judge(claims: Sequence[Claim], ask: CompleteObject) -> bool:
    """Take the model's word for what is in doubt; returns whether it was asked. Its failure leaves all as it stands.

    What has a number that no cited passage has stays out of it, whatever a model says.
    """
    doubtful = _doubtful(claims)
    if not doubtful:
        return False
    try:
        async with asyncio.timeout(SECONDS_MAX):
            said = await ask(_messages(doubtful), prompt=VERIFY, most_chars=_FRAME_CHARS + _VERDICT_CHARS * len(doubtful))
    except (QuireError, TimeoutError) as error:
        logger.warning("verify.without_judge", extra={"reason": type(error).__name__})
        return True
    for claim, verdict in zip(doubtful, _read(said, len(doubtful)), strict=False):
        claim.weighed = replace(claim.weighed, support=verdict)
        claim.judged = True
    return True


def _doubtful(claims: Sequence[Claim]) -> list[Claim]:
    chosen: list[Claim] = []
    numbers: set[int] = set()
    for claim in claims:
        is_doubtful = claim.passages and claim.sentence.text and claim.weighed.support != "supported" and not claim.weighed.lacks_number
        if is_doubtful and len(chosen) < SENTENCES_MAX and len(numbers | set(claim.passages)) <= PASSAGES_MAX:
            chosen.append(claim)
            numbers.update(claim.passages)
    return chosen


def _messages(claims: Sequence[Claim]) -> list[ChatMessage]:
    passages = {number: text for claim in claims for number, text in claim.passages.items()}
    blocks = [
        PassageBlock(type="passage", number=number, title="", place="", text=neutralise_marks(text[:_PASSAGE_CHARS]))
        for number, text in sorted(passages.items())
    ]
    lines = [f"{place}. {claim.sentence.text[:_SENTENCE_CHARS]} (cites {_listed(claim)})" for place, claim in enumerate(claims, start=1)]
    sentences = TextBlock(type="text", text="Sentences:\n" + "\n".join(lines))
    return [ChatMessage("system", load_prompt(VERIFY)), ChatMessage("user", [*blocks, sentences])]


def _listed(claim: Claim) -> str:
    return ", ".join(f"passage {number}" for number in claim.passages)


# Any: JSON.
def _read(said: dict[str, Any], count: int) -> list[Support]:
    """The verdicts, or none at all where they are not one known word for each sentence."""
    verdicts = said.get("verdicts")
    if not isinstance(verdicts, list) or len(verdicts) != count or any(verdict not in _VERDICTS for verdict in verdicts):
        logger.warning("verify.without_judge", extra={"reason": "form"})
        return []
    return verdicts
