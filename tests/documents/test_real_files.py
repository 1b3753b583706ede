"""Files from the world, where they are at hand beside the checkout; they are not ours to keep."""

from pathlib import Path

import pytest

from apps.documents.errors import FileRefused
from apps.documents.ingest.pipeline import Work, run_steps

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "docs"
FILES = sorted(path for path in FOLDER.glob("*__*") if path.is_file())


def silent(step: str, percent: int, pages_done: int = 0, pages_total: int = 0) -> None:
    """Nobody watches."""


def outcome(path: Path, models) -> str:
    work = Work(path, path.name, models)
    try:
        run_steps(work, silent)
    except FileRefused as error:
        return error.reason
    return "ready" if work.drafts and len(work.drafts) == sum(map(len, work.vectors)) else "nothing"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_real_file_ends_ready_or_is_refused_with_a_code(path, models):
    assert outcome(path, models) in {"ready", "unsupported_type", "encrypted", "unreadable", "no_text", "empty", "too_large"}


EXPECTED = {
    "docling__word_sample.docx": "ready",
    "pdfjs__tracemonkey.pdf": "ready",
    "pdfjs__saslprep-r6.pdf": "encrypted",
    "markitdown__pdf_scanned_invoice.pdf": "no_text",
    "tika__testWORD_protected_passtika.docx": "encrypted",
    "tika__testWORD_truncated.docx": "unreadable",
    "docling__legacy_sample.doc": "unsupported_type",
    "markitdown__test_wikipedia.html": "ready",
}


@pytest.mark.parametrize("path", [path for path in FILES if path.name in EXPECTED], ids=lambda path: path.name)
def test_known_files_end_as_they_should(path, models):
    assert outcome(path, models) == EXPECTED[path.name]
