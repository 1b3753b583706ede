"""Counts tokens without loading the model."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from apps.gateway.providers.embedded.store import TOKENIZER, model_folder
from apps.gateway.providers.embedded.tokens import encode, load_tokenizer
from apps.gateway.providers.embedded.weights import wheel_folder


def count(texts: Sequence[str], models_dir: Path) -> list[int]:
    return [len(ids) for ids in encode(_tokenizer(models_dir), texts, with_marks=False)]


@lru_cache(maxsize=1)
def _tokenizer(models_dir: Path) -> Any:
    built = [model_folder(models_dir, is_int8=is_int8) / TOKENIZER for is_int8 in (False, True)]
    path = next((path for path in built if path.is_file()), None)
    return load_tokenizer(path or wheel_folder() / TOKENIZER, window=None)
