"""Any reranking model behind an address that goes on with `/rerank`.

With a model's name it is asked as Cohere, Jina and those who follow them want it; without one as TEI does, which serves one model
and knows no names. Either answer is taken from either.
"""

from collections.abc import Sequence
from math import exp, isfinite
from typing import Any

import openai

from apps.gateway.conf import RerankConfig
from apps.gateway.errors import ProviderRefused
from apps.gateway.providers.openai_client import Timeouts, openai_client, ssl_context
from apps.gateway.providers.openai_errors import translate

WHAT, SETTINGS = "reranking model", "QUIRE_RERANK"
# Beyond it the logistic function is 0 and 1 to the last digit, and further out exp() is no number.
_LOGIT_MAX = 50.0


class HttpReranker:
    def __init__(self, config: RerankConfig) -> None:
        self._config = config
        ssl_context()

    async def rerank(self, query: str, texts: Sequence[str]) -> list[float]:
        client = openai_client(self._config.base_url, self._config.api_key, Timeouts())
        try:
            # The client's own way to an address that it has no name for, so that keys and failures are those of every other model.
            answer = await client.post("/rerank", cast_to=object, body=self._body(query, texts))
            return _as_shares(_read(answer, len(texts)))
        except openai.OpenAIError as error:
            raise translate(error, what=WHAT, settings=SETTINGS) from error
        except (LookupError, TypeError, ValueError):
            # Without its cause, which may quote the server.
            raise ProviderRefused(
                f"The {WHAT} did not answer with one score a text. An operator checks that {SETTINGS}_BASE_URL ends right before /rerank."
            ) from None

    def _body(self, query: str, texts: Sequence[str]) -> dict[str, object]:
        """Only what all of a kind know, as some refuse a field that they do not. TEI refuses a long text unless it may cut it."""
        # An empty text is refused by most.
        asked = [text or " " for text in texts]
        if self._config.model:
            return {"model": self._config.model, "query": query, "documents": asked}
        return {"query": query, "texts": asked, "truncate": True}


# Any: whatever a server sent.
def _read(answer: Any, count: int) -> list[float]:
    """Return the scores in the order of the texts; each has to have one, and no more."""
    rows = answer["results"] if isinstance(answer, dict) else answer
    scores = {row["index"]: float(row["relevance_score"] if "relevance_score" in row else row["score"]) for row in rows}
    if len(rows) != count or scores.keys() != set(range(count)) or not all(map(isfinite, scores.values())):
        raise ValueError("not one number a text")
    return [scores[index] for index in range(count)]


def _as_shares(scores: list[float]) -> list[float]:
    """Some servers pass on what the model says before it is brought between 0 and 1. One score outside tells it of all."""
    if all(0.0 <= score <= 1.0 for score in scores):
        return scores
    return [1.0 / (1.0 + exp(-max(-_LOGIT_MAX, min(_LOGIT_MAX, score)))) for score in scores]
