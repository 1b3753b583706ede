"""Whether what was found is enough to answer from. Where it is not, Quire says so at once, and no model is asked to make something of it.

The measure is the search's own score of the best passage: from 0 to 1, the share of the question's words and the likeness of meaning,
whatever else was found or is hidden. `make eval-answers` measures it; docs/quality.md has the figures, and what bounds them.
"""

from collections.abc import Sequence

from apps.chat.graph.context import FoundPassage

# At this one in ten of the answerable claims of SciFact is refused, of the half that chose it; the handbook's questions are answered (a test holds it).
THRESHOLD = 0.434


def evidence(passages: Sequence[FoundPassage]) -> float | None:
    """The best score; None where nobody measured what the scores say: of questions in a language that the embedder was not made for, without
    vectors, or with a reranking model."""
    scores = [one.evidence for one in passages]
    return None if None in scores else max((score for score in scores if score is not None), default=0.0)


def is_enough(passages: Sequence[FoundPassage]) -> bool:
    """What was not measured is enough, if there is any of it: then whoever writes the answer decides."""
    score = evidence(passages)
    return score is None or score >= THRESHOLD
