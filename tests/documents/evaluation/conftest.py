"""A tiny set in the layout of BEIR, whose right answers can be counted by hand."""

import json

import pytest

CORPUS = {
    "d-sew": ("Sewing", "Sew the quires on linen cords with waxed thread."),
    "d-press": ("Pressing", "Press the book between boards overnight."),
    "d-glue": ("Gluing", "Glue the spine with wheat paste and a brush."),
    "d-gild": ("", "Gild the edges with leaf of gold.\n\nBurnish them with agate."),
}
QUERIES = {"q1": "waxed thread and linen cords", "q2": "wheat paste on the spine", "q3": "not judged"}
JUDGED = "query-id\tcorpus-id\tscore\nq1\td-sew\t1\nq2\td-glue\t2\nq2\td-press\t0\n"


@pytest.fixture
def folder(tmp_path):
    """The set, well formed; a test breaks what it is about."""
    corpus = [{"_id": name, "title": title, "text": text} for name, (title, text) in CORPUS.items()]
    queries = [{"_id": name, "text": text} for name, text in QUERIES.items()]
    for name, lines in (("corpus", corpus), ("queries", queries)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join([*map(json.dumps, lines), ""]), encoding="utf-8")
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "dev.tsv").write_text(JUDGED, encoding="utf-8")
    return tmp_path
