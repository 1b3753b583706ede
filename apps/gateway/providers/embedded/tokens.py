"""Texts into token ids, and token ids into batches that waste little on padding."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apps.gateway.providers.embedded import WINDOW

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Small enough that a layer's activations stay in the processor's cache, large enough to keep both cores busy. Measured.
BATCH_TOKENS = 1024


def load_tokenizer(path: Path, *, window: int | None = WINDOW) -> Any:
    """A tokenizer that cuts at `window` (or never). The published file pads and cuts at 128, which is not what the model was measured with."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    if window is None:
        tokenizer.no_truncation()
    else:
        tokenizer.enable_truncation(max_length=window)
    return tokenizer


def encode(tokenizer: Any, texts: Sequence[str], *, with_marks: bool = True) -> list[list[int]]:
    """Token ids of each text. Half a character pair, which no encoding has, is read as a question mark."""
    clean = [text.encode("utf-8", "replace").decode() for text in texts]
    return [encoding.ids for encoding in tokenizer.encode_batch_fast(clean, add_special_tokens=with_marks)]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of `ids` and `mask` belong to the texts at `places`."""

    places: list[int]
    ids: "NDArray[np.int32]"
    mask: "NDArray[np.int32]"


def make_batches(tokenizer: Any, texts: Sequence[str]) -> list[Batch]:
    encoded = encode(tokenizer, texts)
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
