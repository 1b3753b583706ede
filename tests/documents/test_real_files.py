"""Files from the world, where they are at hand beside the checkout; they are not ours to keep."""

from pathlib import Path

import pytest

from apps.documents.errors import FileRefused
from apps.documents.ingest.parsers.base import Desk
from apps.documents.ingest.pipeline import Work, run_steps
from tests.documents.ingest.pictures import has_ocr

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "docs"
FILES = sorted(path.name for path in FOLDER.glob("*__*") if path.is_file())
# What each file ends as where there is no text recognition; `ready` where nothing is said.
REFUSED = {
    "docling__legacy_sample.doc": "unsupported_type",
    "docling__ocr_test_rotated_90.pdf": "no_text",
    "markitdown__pdf_scanned_invoice.pdf": "no_text",
    "pdfjs__poppler-395-0-fuzzed.pdf": "unreadable",
    "pdfjs__saslprep-r6.pdf": "encrypted",
    "tika__testWORD_protected_passtika.docx": "encrypted",
    "tika__testWORD_truncated.docx": "unreadable",
}
# The numbers of pages that only text recognition can read.
UNREAD = {"pdfjs__TAMReview.pdf": list(range(2, 23))}
SCANS = {
    "docling__ocr_test_rotated_90.pdf": "Docling bundles PDF document conversion to JSON and Markdown in an easy self contained package",
    "markitdown__pdf_scanned_invoice.pdf": "TOTAL AMOUNT DUE: $5,000.00",
}
SAID = {
    "docling__code_and_formula.pdf": "JavaScript Code Example",
    "docling__right_to_left_03.pdf": "\u0634\u0631\u06a9\u062a \u0628\u0648\u0631\u0633 \u06a9\u0627\u0644\u0627\u06cc \u0627\u064a\u0631\u0627\u0646",
    "docling__2305.03393v1-pg9.pdf": "| 6 | 6 | OTSL | 0.965 | 0.934 | 0.955 | 0.88 | 2.73 |",
    "markitdown__REPAIR-2022-INV-001_multipage.pdf": "gabriel@contoso.com",
    "pdfjs__noembed-sjis.pdf": "\u3042\u3044\u3046\u3048\u304a",
    "pdfjs__tracemonkey.pdf": "Dynamic languages such as JavaScript are more difficult to compile than statically typed ones.",
    "pdfjs__xref_command_missing.pdf": "Reduced test-case",
}


def silent(step: str, percent: int, pages_done: int = 0, pages_total: int = 0) -> None:
    """Nobody watches."""


def read(name: str, models, desk: Desk) -> tuple[str, Work]:
    work = Work(FOLDER / name, name, models, desk=desk)
    try:
        run_steps(work, silent)
    except FileRefused as refused:
        return refused.reason, work
    return "ready" if work.drafts else "nothing", work


def text_of(work: Work) -> str:
    return "\n".join(draft.text for draft in work.drafts)


@pytest.mark.parametrize("name", FILES)
def test_a_real_file_ends_as_it_should(name, models, tmp_path):
    outcome, work = read(name, models, Desk(tmp_path))
    assert outcome == REFUSED.get(name, "ready")
    assert SAID.get(name, "") in text_of(work)
    assert (work.parsed.unread_pages if work.parsed and outcome == "ready" else []) == UNREAD.get(name, [])


@has_ocr
@pytest.mark.parametrize("name", [name for name in FILES if name in SCANS])
def test_a_real_scan_is_read_where_there_is_text_recognition(name, models, tmp_path):
    outcome, work = read(name, models, Desk(tmp_path, "eng"))
    assert outcome == "ready"
    assert SCANS[name] in " ".join(text_of(work).split())
