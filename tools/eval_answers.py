"""`make eval-answers`: whether Quire can tell, before a model is asked, that the library does not answer. One JSON line last.

Each claim of SciFact (`../shared/data/ir`, beside the checkout and not ours to keep) is asked of a library of its 5,183 abstracts, and of the same one
without the abstracts that answer it. Half of the claims choose the threshold, at which a tenth of the answerable ones is refused; the other half is
reported: the product's own measure (apps/chat/graph/evidence.py) with its whole curve, and others that were tried beside it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from apps.chat.graph.evidence import THRESHOLD
from apps.chat.graph.wording import content_words
from config.embedded.services import scratch_services
from tools.answers.measures import auroc, curve, is_for_choosing, point_at, threshold_at
from tools.product import ROOT

FOLDER = ROOT.parent / "shared" / "data" / "ir" / "scifact"
KEPT = ROOT / "var" / "eval"
REFUSED = 0.10
# What was found for a claim, the best first. Any: JSON.
Found = list[dict[str, Any]]
Measure = Callable[[str, Found], float]


def best_score(claim: str, found: Found) -> float:
    return max((float(one["score"]) for one in found), default=0.0)


def mean_of_three(claim: str, found: Found) -> float:
    return sum(one["score"] for one in found[:3]) / 3


def lead_over_last(claim: str, found: Found) -> float:
    """How far the best is before the last of those that an answer is made from."""
    return best_score(claim, found) - min((float(one["score"]) for one in found), default=0.0)


def score_and_lead(claim: str, found: Found) -> float:
    """By a logistic regression on the half that chooses."""
    return 4.7 * best_score(claim, found) + 8.7 * lead_over_last(claim, found) - 3.9


def words_covered(claim: str, found: Found) -> float:
    """The share of the claim's words that the passage has which has most of them."""
    wanted = content_words(claim)
    texts = [set(content_words(one["text"])) for one in found]
    return max((sum(word in text for word in wanted) / len(wanted) for text in texts if wanted), default=0.0)


MEASURES: dict[str, Measure] = {
    "best score": best_score,
    "mean of three": mean_of_three,
    "lead over the last": lead_over_last,
    "best score and lead": score_and_lead,
    "words covered": words_covered,
}


def ask() -> list[dict[str, Any]]:
    """Ask all claims, in services of this run's own."""
    services = scratch_services()
    inherited = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "QUIRE_OWNER_DATABASE_URL", "REDIS_URL")}
    environment = {**inherited, "QUIRE_VAR": str(services.var), "QUIRE_MODELS_DIR": str(ROOT / "var" / "models"), "QUIRE_LOG_LEVEL": "ERROR"}
    try:
        command = [sys.executable, "-m", "tools.answers.ask", str(FOLDER), str(KEPT)]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    finally:
        services.stop()
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def values(rows: Sequence[dict[str, Any]], measure: Measure) -> tuple[list[float], list[float]]:
    """Of the claims that are answered, and of the same ones without their answers."""
    return [measure(row["claim"], row["with"]) for row in rows], [measure(row["claim"], row["without"]) for row in rows]


def report(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Print the tables; return the line."""
    choosing = [row for row in rows if is_for_choosing(row["id"])]
    reported = [row for row in rows if not is_for_choosing(row["id"])]
    print("| measure | AUROC | answerable refused | unanswerable refused |\n|---|---|---|---|")
    for name, measure in MEASURES.items():
        told = values(reported, measure)
        point = point_at(threshold_at(values(choosing, measure)[0], REFUSED), *told)
        print(f"| {name} | {auroc(*told):.3f} | {point.answerable_refused:.1%} | {point.unanswerable_refused:.1%} |")
    told = values(reported, best_score)
    print("\n| threshold | answerable refused | unanswerable refused |\n|---|---|---|")
    for point in curve(*told):
        print(f"| {point.threshold:.3f} | {point.answerable_refused:.1%} | {point.unanswerable_refused:.1%} |")
    chosen = threshold_at(values(choosing, best_score)[0], REFUSED)
    at_chosen, at_used = point_at(chosen, *told), point_at(THRESHOLD, *told)
    return {
        "claims": len(rows),
        "reported": len(reported),
        "auroc": round(auroc(*told), 4),
        "threshold": round(chosen, 4),
        "answerable_refused": round(at_chosen.answerable_refused, 4),
        "unanswerable_refused": round(at_chosen.unanswerable_refused, 4),
        "unanswerable_answered": round(1 - at_chosen.unanswerable_refused, 4),
        "threshold_in_use": THRESHOLD,
        "unanswerable_refused_in_use": round(at_used.unanswerable_refused, 4),
        "measured": round(sum(one["evidence"] is not None for row in rows for one in row["with"][:1]) / len(rows), 4),
    }


def main() -> int:
    if not (FOLDER / "qrels" / "dev.tsv").is_file():
        print("SciFact in shared/data/ir is not beside this checkout: nothing is measured.")
        print(json.dumps({"skipped": True}))
        return 0
    print(json.dumps(report(ask())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
