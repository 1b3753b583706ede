"""Texts into token ids."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apps.gateway.providers.embedded import WINDOW

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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


def encode_windows(tokenizer: Any, texts: Sequence[str]) -> "list[NDArray[np.int32]]":
    """What the model reads of each text: its ids between two marks, cut where the window ends."""
    import numpy as np

    first, last = (tokenizer.token_to_id(mark) for mark in ("[CLS]", "[SEP]"))
    encoded = encode(tokenizer, [text[:TEXT_CHARS] for text in texts])
    return [np.array([first, *ids[: WINDOW - 2], last], dtype=np.int32) for ids in encoded]
