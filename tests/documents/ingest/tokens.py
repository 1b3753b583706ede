"""A cheap counter that, like a real tokenizer, does not count a text as the sum of its parts."""

import re
from collections.abc import Sequence

_PIECE = re.compile(r"\w{1,6}|[^\w\s]")


def count_tokens(texts: Sequence[str]) -> list[int]:
    return [len(_PIECE.findall(text)) + 2 for text in texts]
