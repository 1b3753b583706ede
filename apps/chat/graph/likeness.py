"""How alike in meaning sentences and the words that back them are: one call for the whole answer, and no more than that."""

import asyncio
import logging
from collections.abc import Iterator, Sequence

from apps.chat.graph.claims import Claim
from apps.chat.graph.context import Embed
from apps.common.errors import QuireError

logger = logging.getLogger(__name__)

# About 5 ms a text with the built-in model on one thread.
TEXTS_MAX = 48
TEXT_CHARS = 400
SECONDS_MAX = 3.0


async def compare(claims: Sequence[Claim], embed: Embed) -> None:
    """Set `cosines` of those claims that are no quotes, as far as the first texts go; without vectors they are left as they are."""
    pairs = list(_pairs(claims))
    texts = list(dict.fromkeys(text for _claim, _number, both in pairs for text in both))
    if not texts:
        return
    try:
        async with asyncio.timeout(SECONDS_MAX):
            vectors = await embed(texts)
    except (QuireError, TimeoutError) as error:
        logger.warning("verify.without_vectors", extra={"reason": type(error).__name__})
        return
    places = {text: place for place, text in enumerate(texts)}
    for claim, number, (sentence, span) in pairs:
        cosine = float(vectors[places[sentence]] @ vectors[places[span]])
        claim.cosines[number] = max(cosine, claim.cosines.get(number, -1.0))


def _pairs(claims: Sequence[Claim]) -> Iterator[tuple[Claim, int, tuple[str, str]]]:
    """The best spans of all claims first, then the second best, as long as there is room: a long answer is judged by a little of everything."""
    seen: set[str] = set()
    doubtful = [claim for claim in claims if claim.passages and not claim.is_quote and claim.sentence.text]
    for rank in range(max((len(some) for claim in doubtful for some in claim.backings.values()), default=0)):
        for claim in doubtful:
            for number, backings in claim.backings.items():
                if rank >= len(backings):
                    continue
                span = backings[rank]
                pair = (claim.sentence.text[:TEXT_CHARS], claim.passages[number][span.start : span.end][:TEXT_CHARS])
                if len(seen | set(pair)) > TEXTS_MAX:
                    return
                seen.update(pair)
                yield claim, number, pair
