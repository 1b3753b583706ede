"""`make eval-answers`: what it makes of what was found. The set itself is asked by hand, as it takes minutes."""

import json

import pytest

from tools import eval_answers
from tools.answers.measures import auroc, curve, is_for_choosing, point_at, threshold_at


def test_auroc_is_how_often_the_answerable_one_is_higher():
    assert auroc([3, 4], [1, 2]) == 1.0
    assert auroc([1, 2], [1, 2]) == 0.5
    assert auroc([1], [2]) == 0.0


def test_the_threshold_refuses_no_more_than_its_share():
    values = [n / 100 for n in range(100)]
    assert point_at(threshold_at(values, 0.10), values, [0.0, 0.5]).answerable_refused == 0.10
    assert point_at(threshold_at(values, 0.10), values, [0.0, 0.5]).unanswerable_refused == 0.5


def test_the_curve_begins_where_nothing_is_refused():
    points = list(curve([0.1 * n for n in range(20)], [0.0] * 5))
    assert (len(points), points[0].answerable_refused, points[-1].unanswerable_refused) == (20, 0.0, 1.0)


def test_about_half_of_the_claims_choose_and_always_the_same():
    chosen = [is_for_choosing(str(number)) for number in range(1000)]
    assert 450 < sum(chosen) < 550
    assert chosen == [is_for_choosing(str(number)) for number in range(1000)]


def row(number):
    far = {"score": 0.2 + number / 1000, "evidence": None, "text": "Penguins swim."}
    near = {"score": 0.6 + number / 1000, "evidence": 0.6, "text": "Keys are rotated each month."}
    return {"id": str(number), "claim": "Keys are rotated monthly.", "with": [near, far, far], "without": [far, far, far]}


def test_half_of_the_claims_are_reported_with_every_measure(capsys):
    told = eval_answers.report([row(number) for number in range(200)])
    assert (told["claims"], told["auroc"], told["measured"]) == (200, 1.0, 1.0)
    assert told["unanswerable_answered"] == 0.0
    assert told["answerable_refused"] < 0.25
    printed = capsys.readouterr().out
    assert all(f"| {name} |" in printed for name in eval_answers.MEASURES)


def test_nothing_found_is_no_evidence():
    assert {measure("Keys.", []) for name, measure in eval_answers.MEASURES.items() if name != "best score and lead"} == {0.0}


def test_where_the_set_is_not_there_it_says_so(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(eval_answers, "FOLDER", tmp_path)
    assert eval_answers.main() == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"skipped": True}


def test_the_last_line_is_json(monkeypatch, tmp_path, capsys):
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "dev.tsv").touch()
    monkeypatch.setattr(eval_answers, "FOLDER", tmp_path)
    monkeypatch.setattr(eval_answers, "ask", lambda: [row(number) for number in range(40)])
    assert eval_answers.main() == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["threshold"] == pytest.approx(0.6, abs=0.05)
