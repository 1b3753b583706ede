"""`make eval-search`: what it makes of the figures. The sets themselves are measured by hand, as they take minutes."""

import json

import pytest

from tools import eval_search
from tools.eval_search import BEGIN, END, make_table, put_into

LINE = {"mode": "bm25", "ndcg_at_10": 0.5, "recall_at_100": 1.0, "mrr_at_10": 0.25, "p50_ms": 8.1, "p95_ms": 9.0, "passages": 5183, "queries": 300}


@pytest.fixture
def sets(tmp_path, monkeypatch):
    """Two sets and a page, and figures in place of measuring; a test changes those of the second time."""
    for name in ("one", "two"):
        (tmp_path / "ir" / name / "qrels").mkdir(parents=True)
        (tmp_path / "ir" / name / "qrels" / "dev.tsv").touch()
    (tmp_path / "page.md").write_text(f"Before.\n{BEGIN}\nold\n{END}\nBehind.\n")
    answers = {"one": [[LINE], [{**LINE, "p50_ms": 7.0}]], "two": [[LINE], [LINE]]}
    monkeypatch.setattr(eval_search, "FOLDER", tmp_path / "ir")
    monkeypatch.setattr(eval_search, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(eval_search, "evaluate", lambda folder, environment: answers[folder.name].pop(0))
    monkeypatch.setattr(eval_search, "scratch_services", FakeServices)
    return answers


class FakeServices:
    var = "nowhere"

    def stop(self):
        pass


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr("sys.argv", ["eval_search", *arguments])
    code = eval_search.main()
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])


def test_the_table_has_a_row_a_set_and_mode():
    header, rule, row = make_table({"scifact": [LINE]}).splitlines()
    assert header == "| set | passages | queries | mode | ndcg_at_10 | recall_at_100 | mrr_at_10 |"
    assert rule == "|---|---|---|---|---|---|---|"
    assert row == "| scifact | 5,183 | 300 | bm25 | 0.5 | 1.0 | 0.25 |"


def test_the_page_keeps_what_stands_around_the_table():
    assert put_into(f"Before.\n{BEGIN}\nold\n{END}\nBehind.\n", "new") == f"Before.\n{BEGIN}\n\nnew\n\n{END}\nBehind.\n"
    with pytest.raises(ValueError, match="no place for the table"):
        put_into("Before.", "new")


def test_all_sets_go_into_the_page(sets, monkeypatch, capsys):
    assert run(monkeypatch, capsys) == (0, {"sets": 2, "ndcg_at_10": {"one": {"bm25": 0.5}, "two": {"bm25": 0.5}}})
    assert "| two | 5,183 |" in eval_search.PAGE.read_text()


def test_one_set_alone_leaves_the_page(sets, monkeypatch, capsys):
    assert run(monkeypatch, capsys, "--set", "one")[1]["sets"] == 1
    assert "old" in eval_search.PAGE.read_text()


def test_a_second_time_other_times_are_no_difference_but_other_figures_are(sets, monkeypatch, capsys):
    sets["two"][1] = [{**LINE, "ndcg_at_10": 0.51}]
    code, said = run(monkeypatch, capsys, "--twice")
    assert (code, said["is_same_twice"], said["different"]) == (1, False, ["two"])


def test_the_same_figures_twice_are_told(sets, monkeypatch, capsys):
    code, said = run(monkeypatch, capsys, "--twice")
    assert (code, said["is_same_twice"]) == (0, True)


def test_where_the_sets_are_not_there_it_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(eval_search, "FOLDER", tmp_path / "none")
    assert run(monkeypatch, capsys) == (0, {"skipped": True, "sets": 0})
