"""Texts into token ids, and token ids into batches that waste little on padding."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apps.gateway.providers.embedded import WINDOW

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Small enough that a layer's activations stay in the processor's cache, large enough to keep both cores busy. Measured.
BATCH_TOKENS = 1024
# Far more than the window holds of any language; a whole book given by mistake should not take a minute.
TEXT_CHARS = 1_000_000


@lru_cache(maxsize=2)
def load_tokenizer(path: Path) -> Any:
    """The tokenizer of that file, one a process, as its words take 10 MB. It neither pads nor cuts, which the published file does at 128."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def encode(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """Token ids of each text, without marks. Half a character pair, which no encoding has, is read as a question mark."""
    clean = [text.encode("utf-8", "replace").decode() for text in texts]
    return [encoding.ids for encoding in tokenizer.encode_batch_fast(clean, add_special_tokens=False)]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of `ids` and `mask` belong to the texts at `places`."""

    places: list[int]
    ids: "NDArray[np.int32]"
    mask: "NDArray[np.int32]"


def make_batches(tokenizer: Any, texts: Sequence[str]) -> list[Batch]:
    """Every text between its two marks, cut where the window ends."""
    first, last = (tokenizer.token_to_id(mark) for mark in ("[CLS]", "[SEP]"))
    encoded = [[first, *ids[: WINDOW - 2], last] for ids in encode(tokenizer, [text[:TEXT_CHARS] for text in texts])]
    return [_pad(places, encoded) for places in plan_batches([len(ids) for ids in encoded])]


def plan_batches(lengths: Sequence[int], budget: int = BATCH_TOKENS) -> list[list[int]]:
    """Places of texts, put together by like length, each batch with at most `budget` tokens, padding included."""
    batches: list[list[int]] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        # In ascending order the newest text is the longest: the whole batch is padded to it.
        if batches and (len(batches[-1]) + 1) * lengths[place] <= budget:
            batches[-1].append(place)
        else:
            batches.append([place])
    return batches


def _pad(places: list[int], encoded: Sequence[Sequence[int]]) -> Batch:
    import numpy as np

    shape = (len(places), max(len(encoded[place]) for place in places))
    ids, mask = np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=np.int32)
    for row, place in enumerate(places):
        length = len(encoded[place])
        ids[row, :length] = encoded[place]
        mask[row, :length] = 1
    return Batch(places, ids, mask)
