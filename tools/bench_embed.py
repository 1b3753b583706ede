"""`make bench-embed`: how fast the embedded embedder is, and how exact. One JSON line last on stdout.

Texts of 134 tokens, as passages have; medians, as a machine is seldom left alone. Speed counts everything from text to
vector, tokenizer included. Exactness is against vectors that sentence-transformers made (tests/gateway/data/reference.json).
"""

import asyncio
import json
import os
import re
import statistics
import sys
import time
from pathlib import Path

from apps.gateway.conf import EmbedderConfig
from apps.gateway.providers.embedded.counting import count
from apps.gateway.providers.embedded.provider import EmbeddedEmbeddingProvider

ROOT = Path(__file__).resolve().parent.parent
TEXT_TOKENS = 134
TEXTS = 64
ROUNDS = 9
QUERIES = 60
THREADS = int(os.environ.get("QUIRE_EMBEDDER_THREADS", "2"))
MODELS = Path(os.environ.get("QUIRE_MODELS_DIR") or Path(os.environ.get("QUIRE_VAR") or ROOT / "var") / "models")


def make_texts() -> list[str]:
    """Texts of the handbook's own words, each as long as it has to be, no two alike."""
    words = re.findall(r"[A-Za-z]{2,}", " ".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs" / "handbook").glob("*.md"))))
    texts = []
    for number in range(TEXTS):
        start = number * 37 % len(words)
        chosen = (words[start:] + words)[: TEXT_TOKENS - 2]
        while count([" ".join(chosen)], MODELS)[0] > TEXT_TOKENS - 2:
            chosen.pop()
        texts.append(" ".join(chosen))
    return texts


async def measure(is_int8: bool, texts: list[str]) -> dict[str, float]:
    """Tokens a second in bulk, milliseconds for one question, the greatest error against the reference."""
    import numpy as np

    provider = EmbeddedEmbeddingProvider(EmbedderConfig(MODELS, THREADS, is_int8))
    reference = json.loads((ROOT / "tests" / "gateway" / "data" / "reference.json").read_text(encoding="utf-8"))
    vectors = (await provider.embed(reference["sentences"])).vectors
    expected = np.array(reference["vectors"], dtype=np.float32)
    await provider.embed(texts[:16])
    tokens = sum(count(texts, MODELS)) + 2 * len(texts)
    speeds, work = [], time.process_time()
    for _ in range(ROUNDS):
        speeds.append(tokens / await _seconds(provider, texts))
    work = time.process_time() - work
    questions = [await _seconds(provider, ["How do I rotate an API key?"]) for _ in range(QUERIES)]
    return {
        "tokens_per_s": round(statistics.median(speeds)),
        "best_tokens_per_s": round(max(speeds)),
        "tokens_per_cpu_s": round(tokens * ROUNDS / work),
        "question_ms": round(statistics.median(questions) * 1000, 2),
        "max_abs_error": float(np.abs(vectors - expected).max()),
        "mean_cosine": round(float((vectors * expected).sum(axis=1).mean()), 4),
    }


async def _seconds(provider: EmbeddedEmbeddingProvider, texts: list[str]) -> float:
    started = time.perf_counter()
    await provider.embed(texts)
    return time.perf_counter() - started


def memory_mb() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024**2


async def main() -> None:
    texts = make_texts()
    small = await measure(True, texts)
    rss = memory_mb()
    exact = await measure(False, texts)
    figures = {
        "tokens_per_s": small["tokens_per_s"],
        "torch_free": "torch" not in sys.modules,
        "mean_cosine": small["mean_cosine"],
        "best_tokens_per_s": small["best_tokens_per_s"],
        "tokens_per_cpu_s": small["tokens_per_cpu_s"],
        "question_ms": small["question_ms"],
        "rss_mb": rss,
        "threads": THREADS,
        "exact_tokens_per_s": exact["tokens_per_s"],
        "exact_question_ms": exact["question_ms"],
        "exact_max_abs_error": exact["max_abs_error"],
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    asyncio.run(main())
