"""`make eval-parsers`: what every parser makes of real files, and how near it is to the text expected. One JSON line last.

The files lie beside the checkout (`../shared/data/docs`) and are not ours to keep; where they are not there, nothing is
measured. The measure is the F1 of words: the overlap of two bags of lower-cased words, Markdown's marks and comments left out.
A table's header is counted once, however often its groups of rows repeat it.
"""

import html
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from apps.documents.errors import FileRefused
from apps.documents.ingest.detect import detect_kind
from apps.documents.ingest.ocr import usable_languages
from apps.documents.ingest.parsers.base import Desk
from apps.documents.ingest.parsers.registry import get_parser
from apps.documents.ingest.types import Page

FOLDER = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "docs"
LANGUAGES = "eng"
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)")
_CHECKBOX = re.compile(r"^(\s*[-*]) \[[ xX]\]", re.MULTILINE)
_TAG = re.compile(r"</?(?:br|sup|sub|b|i|u|p)\s*/?>", re.IGNORECASE)
_WORD = re.compile(r"\w+")


@dataclass
class Result:
    name: str
    kind: str = "-"
    pages: int = 0
    chars: int = 0
    outcome: str = ""
    detail: str = ""
    f1: float | None = None
    seconds: float = 0.0


def words_of(text: str) -> Counter[str]:
    """Return the bag of words that is compared."""
    text = _CHECKBOX.sub(r"\1", _COMMENT.sub(" ", text))
    text = html.unescape(_TAG.sub(" ", _LINK.sub(r"\1", text))).replace("\\", "")
    return Counter(word.strip("_") for word in _WORD.findall(text.lower()) if word.strip("_"))


def f1_of(found: str, expected: str) -> float:
    """Return the harmonic mean of how much was found and how much of it belongs there."""
    first, second = words_of(found), words_of(expected)
    if not first or not second:
        return float(first == second)
    shared = (first & second).total()
    return 2 * shared / (first.total() + second.total())


def text_of(pages: Iterable[Page]) -> str:
    return "\n".join(block.text[block.repeated :] for page in pages for block in page.blocks)


def evaluate(path: Path, desk_folder: Path, languages: str) -> tuple[Result, str]:
    """Read one file as the pipeline does; return what came of it, and its text."""
    result = Result(path.name)
    started = time.monotonic()
    text = ""
    try:
        with path.open("rb") as file:
            kind = detect_kind(file, path.name)
        result.kind = str(kind)
        parsed = get_parser(kind).parse(path, lambda done, total: None, Desk(desk_folder, languages))
        pages = list(parsed.pages)
        text = text_of(pages)
        result.pages, result.outcome = len(pages), "ready"
        result.detail = "; ".join([*parsed.notes, *([f"{len(parsed.unread_pages)} pages need OCR"] if parsed.unread_pages else [])])
    except ModuleNotFoundError:
        result.outcome = "no parser"
    except FileRefused as refused:
        result.outcome, result.detail = refused.reason, refused.detail
    result.chars = len(text)
    result.seconds = time.monotonic() - started
    return result, text


def evaluate_all(folder: Path, languages: str = LANGUAGES) -> list[Result]:
    """Read every file of the folder, and compare where the text expected is known."""
    languages = usable_languages(languages)
    results = []
    for path in sorted(folder.glob("*__*")):
        with tempfile.TemporaryDirectory() as desk:
            result, text = evaluate(path, Path(desk), languages)
        expected = folder / "expected" / f"{path.name}.md"
        if expected.exists():
            result.f1 = f1_of(text, expected.read_text(encoding="utf-8"))
        results.append(result)
    return results


def main() -> int:
    if not FOLDER.is_dir():
        print("The folder shared/data/docs is not beside this checkout: nothing is measured.")
        print(json.dumps({"skipped": True, "files": 0}))
        return 0
    results = evaluate_all(FOLDER)
    print(f"{'file':<48} {'kind':<9} {'pages':>5} {'chars':>8} {'F1':>6} {'s':>6}  outcome")
    for one in results:
        f1 = "" if one.f1 is None else f"{one.f1:.3f}"
        print(f"{one.name:<48} {one.kind:<9} {one.pages:>5} {one.chars:>8} {f1:>6} {one.seconds:>6.1f}  {one.outcome} {one.detail[:90]}".rstrip())
    # What is refused on purpose has no text to compare.
    compared = [one for one in results if one.f1 is not None and one.outcome != "unsupported_type"]
    mean = sum(one.f1 or 0.0 for one in compared) / len(compared) if compared else 0.0
    figures = {
        "mean_f1": round(mean, 4),
        "lowest_f1": round(min((one.f1 or 0.0 for one in compared), default=0.0), 4),
        "compared": len(compared),
        "files": len(results),
        "ready": sum(one.outcome == "ready" for one in results),
        "ocr": usable_languages(LANGUAGES),
    }
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
