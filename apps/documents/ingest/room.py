"""How much text one piece may be, in tokens and in characters."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from apps.documents.ingest.types import CountTokens

_COUNT_BATCH = 512


@dataclass(frozen=True, slots=True)
class Room:
    tokens: int
    chars: int

    def fits(self, tokens: int, chars: int) -> bool:
        return tokens <= self.tokens and chars <= self.chars

    def parts(self, tokens: int, chars: int) -> int:
        """Return how many pieces of this room so much text makes, at least two."""
        return max(2, ceil(tokens / self.tokens), ceil(chars / self.chars))


def count_all(texts: Sequence[str], count: CountTokens) -> list[int]:
    """Count in batches: a tokenizer's answers for a whole book at once would not be small."""
    counts: list[int] = []
    for first in range(0, len(texts), _COUNT_BATCH):
        counts.extend(count(texts[first : first + _COUNT_BATCH]))
    return counts
