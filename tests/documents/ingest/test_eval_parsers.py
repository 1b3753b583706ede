"""The measure of the parsers: bags of words, without what only marks them."""

import pytest

from apps.documents.ingest.types import Block, BlockKind, Page
from tests.documents.files import make_pdf
from tools import eval_parsers
from tools.eval_parsers import evaluate_all, f1_of, text_of


@pytest.mark.parametrize(
    ("found", "expected", "f1"),
    [
        ("Sew the quires", "## Sew **the** _quires_ <!-- image -->", 1.0),
        ("a b", "a c", 0.5),
        ("a a b", "a b", 0.8),
        ("yes", "- [x] yes", 1.0),
        ("words", "[words](https://example.org/page)", 1.0),
        ("a & b", "a &amp; b", 1.0),
        ("", "words", 0.0),
        ("", "", 1.0),
    ],
)
def test_the_overlap_of_words_is_measured(found, expected, f1):
    assert f1_of(found, expected) == pytest.approx(f1)


def test_a_header_that_is_repeated_counts_once():
    blocks = (Block(BlockKind.TABLE, "| A |\n| 1 |"), Block(BlockKind.TABLE, "| A |\n| 2 |", repeated=6))
    assert text_of([Page(1, blocks)]) == "| A |\n| 1 |\n| 2 |"


def test_every_file_of_a_folder_has_its_line(tmp_path):
    (tmp_path / "expected").mkdir()
    (tmp_path / "a__good.pdf").write_bytes(make_pdf(["Sew the quires."]))
    (tmp_path / "b__broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    (tmp_path / "expected" / "a__good.pdf.md").write_text("# Sew the quires.")
    good, broken = evaluate_all(tmp_path, "")
    assert (good.outcome, good.f1, good.pages, good.kind) == ("ready", 1.0, 1, "pdf")
    assert (broken.outcome, broken.f1) == ("unreadable", None)


def test_where_the_files_are_not_there_nothing_is_measured(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(eval_parsers, "FOLDER", tmp_path / "none")
    assert eval_parsers.main() == 0
    assert '"skipped": true' in capsys.readouterr().out


def test_the_last_line_is_json(tmp_path, monkeypatch, capsys):
    (tmp_path / "a__good.pdf").write_bytes(make_pdf(["Sew the quires."]))
    monkeypatch.setattr(eval_parsers, "FOLDER", tmp_path)
    assert eval_parsers.main() == 0
    assert '"files": 1, "ready": 1' in capsys.readouterr().out.splitlines()[-1]
