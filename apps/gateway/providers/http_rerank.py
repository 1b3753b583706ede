"""Any reranking model behind an address that goes on with `/rerank`.

With a model's name it is asked as Cohere, Jina and those who follow them want it; without one as TEI does, which serves one model
and knows no names. Either answer is taken from either.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import exp, isfinite
from typing import Any

from apps.gateway.conf import HTTP
from apps.gateway.estimating import estimate_texts
from apps.gateway.providers import openai_errors as errors
from apps.gateway.providers.base import Scored
from apps.gateway.providers.openai_messages import read_input_tokens
from apps.gateway.providers.openai_server import OpenAIServer
from apps.gateway.targets import Target
from apps.gateway.types import Usage

# Beyond it the logistic function is 0 and 1 to the last digit, and further out exp() is no number.
_LOGIT_MAX = 50.0


class HttpReranker:
    def __init__(self, target: Target) -> None:
        self._target = target
        who = errors.whom(target, "reranking model", "QUIRE_RERANK")
        self._server = OpenAIServer(target, "/rerank", replace(who, form="with one score a text", end="ends right before /rerank"))

    async def rerank(self, query: str, texts: Sequence[str]) -> Scored:
        answer = await self._server.ask(self._body(query, texts), self._target.first_token_seconds)
        try:
            return Scored(_as_shares(_read(answer, len(texts))), _usage(answer, query, texts))
        except (LookupError, TypeError, ValueError, AttributeError):
            # Without its cause, which may quote the server.
            raise errors.not_understood(self._server.who) from None

    def _body(self, query: str, texts: Sequence[str]) -> dict[str, object]:
        """Only what all of a kind know, as some refuse a field that they do not. TEI refuses a long text unless it may cut it."""
        # An empty text is refused by most.
        asked = [text or " " for text in texts]
        if self._target.model != HTTP:
            return {"model": self._target.model, "query": query, "documents": asked}
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


def _usage(answer: Any, query: str, texts: Sequence[str]) -> Usage:
    """Jina and vLLM count all tokens as read, of the query once a text; nobody else says."""
    usage = answer.get("usage") if isinstance(answer, dict) else None
    total = read_input_tokens({"prompt_tokens": usage.get("total_tokens")}) if isinstance(usage, dict) else None
    if total is None:
        return Usage(estimate_texts([*texts]) + len(texts) * estimate_texts([query]), 0, estimated=True)
    return Usage(total, 0, estimated=False)
