"""How many tokens a text is."""

from collections.abc import Sequence

from apps.gateway.conf import embedder_config
from apps.gateway.providers.embedded.counting import count


def count_tokens(texts: Sequence[str]) -> list[int]:
    """Tokens of each text by the embedded model's tokenizer: exact for it, a fair estimate for others.

    The two marks that a model puts around each whole text are not counted.
    """
    return count(texts, embedder_config().models_dir)
