"""BM25 in two halves: a passage's half is stored, a question's is its idfs, and the score is their inner product.

    score(q, p) = sum over terms t of q of  idf(t) * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / mean_length))
    idf(t) = ln(1 + (N - n + 0.5) / (n + 0.5)),  n of N passages holding t

S. Robertson and H. Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009), with the idf of Lucene, which is
never negative. k1 and b are its usual values: others were no better on the sets of docs/quality.md.
"""

from collections.abc import Mapping
from math import log

from apps.documents.analysis.terms import DIMENSIONS

K1 = 1.2
B = 0.75
# No term weighs more in a passage, however often it stands there.
WEIGHT_MAX = K1 + 1


def weigh(counts: Mapping[int, int], length: int, mean_length: float) -> dict[int, float]:
    """Return the passage's half of the score by term, in the order of terms. `length` is of all terms together."""
    norm = K1 * (1 - B + B * length / mean_length)
    return {term: count * (K1 + 1) / (count + norm) for term, count in sorted(counts.items())}


def idf(holding: int, total: int) -> float:
    """Return how much a term tells that `holding` of `total` passages hold; the most where none does."""
    return log(1 + (max(total, holding) - holding + 0.5) / (holding + 0.5))


def sparse_vector(weights: Mapping[int, float]) -> str:
    """Write weights by term as pgvector reads a sparse vector."""
    return f"{{{','.join(f'{term}:{weight:.5g}' for term, weight in weights.items())}}}/{DIMENSIONS}"
