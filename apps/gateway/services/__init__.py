"""The only door to models: five functions, and everything else of this app stays behind them."""

from apps.gateway.services.chat import complete
from apps.gateway.services.counting import count_tokens
from apps.gateway.services.embedding import embed
from apps.gateway.services.objects import complete_object
from apps.gateway.services.reranking import rerank

__all__ = ["complete", "complete_object", "count_tokens", "embed", "rerank"]
