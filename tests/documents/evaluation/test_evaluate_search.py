"""`manage.py evaluate_search`: a set is indexed, asked and removed, whatever happens, and told the same again."""

import json
from contextlib import nullcontext
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.accounts.models import User, Workspace
from apps.documents.evaluation import run
from apps.documents.evaluation.trial import trial_workspace
from apps.documents.management.commands import evaluate_search
from apps.documents.models import Document, Passage, PassageEmbedding, PassageTerms, SearchStatistics, TermChange, TermCount
from apps.documents.search import Mode

# The search runs its queries in connections of its own; the planner's statistics are the owner's to make.
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
MODES = [mode.value for mode in Mode]
LEFT_BEHIND = (Workspace, User, Document, Passage, PassageEmbedding, PassageTerms, SearchStatistics, TermChange, TermCount)


@pytest.fixture(autouse=True)
def _embeds_by_words(monkeypatch, models):
    monkeypatch.setattr("apps.documents.evaluation.trial.gateway_models", lambda workspace_id: nullcontext(models))


def measure(folder, *options, stderr=None):
    """The lines that the command says."""
    output = StringIO()
    call_command("evaluate_search", str(folder), *options, stdout=output, stderr=stderr)
    return [json.loads(line) for line in output.getvalue().splitlines()]


def without_times(lines):
    return [{name: value for name, value in line.items() if not name.endswith("_ms")} for line in lines]


def counts():
    return [model.objects.count() for model in LEFT_BEHIND]


def test_without_a_mode_it_measures_the_search_as_people_have_it(folder):
    (line,) = measure(folder)
    assert list(line) == ["mode", "ndcg_at_10", "recall_at_100", "mrr_at_10", "p50_ms", "p95_ms", "passages", "queries"]
    assert (line["mode"], line["ndcg_at_10"], line["recall_at_100"], line["mrr_at_10"]) == ("default", 1.0, 1.0, 1.0)
    assert (line["passages"], line["queries"]) == (4, 2)
    assert 0 < line["p50_ms"] <= line["p95_ms"]


def test_each_mode_has_its_line_and_the_same_figures_the_next_time(folder):
    modes = [part for mode in MODES for part in ("--mode", mode)]
    first = without_times(measure(folder, *modes))
    assert [line["mode"] for line in first] == MODES
    assert without_times(measure(folder, *modes)) == first


def test_a_wrong_judgement_shows_in_the_figures(folder):
    (folder / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td-sew\t1\nq2\tnowhere\t1\n")
    (line,) = measure(folder, "--mode", "bm25")
    assert (line["ndcg_at_10"], line["recall_at_100"], line["mrr_at_10"]) == (0.5, 0.5, 0.5)


def test_other_judgements_and_fewer_questions_can_be_named(folder):
    (folder / "qrels" / "dev.tsv").rename(folder / "qrels" / "test.tsv")
    (line,) = measure(folder, "--qrels", "test", "--limit-queries", "1")
    assert line["queries"] == 1


def test_documents_that_say_the_same_are_all_told(folder):
    """The search folds copies into one hit; a set judges each of them."""
    copy = {"_id": "d-copy", "title": "Sewing", "text": "Sew the quires on linen cords with waxed thread."}
    with (folder / "corpus.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(copy) + "\n")
    with (folder / "qrels" / "dev.tsv").open("a", encoding="utf-8") as file:
        file.write("q1\td-copy\t1\n")
    (line,) = measure(folder)
    assert (line["recall_at_100"], line["ndcg_at_10"]) == (1.0, 1.0)


def test_a_document_without_a_word_is_a_document(folder):
    with (folder / "corpus.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"_id": "d-empty", "title": "", "text": ""}\n')
    (line,) = measure(folder)
    assert line["passages"] == 5


def test_nothing_of_it_is_left_and_nothing_else_is_touched(alice_reader, make_document, folder):
    make_document(alice_reader, "Sew the quires.", "mine.txt")
    measure(folder)
    before = counts()
    measure(folder)
    assert counts() == before
    assert Document.objects.get().title == "mine"


def test_it_finds_nothing_that_was_there_before(alice_reader, make_document, folder):
    make_document(alice_reader, "Waxed thread and linen cords.", "mine.txt", access="public")
    (line,) = measure(folder)
    assert (line["passages"], line["ndcg_at_10"]) == (4, 1.0)


def test_nothing_is_left_where_a_question_fails(folder, monkeypatch):
    async def fail(*_asked, **_options):
        raise RuntimeError("the search broke")

    before = counts()
    monkeypatch.setattr(run, "find", fail)
    with pytest.raises(RuntimeError, match="the search broke"):
        measure(folder)
    assert counts() == before


def test_what_a_killed_evaluation_left_is_removed_by_a_later_one(acme):
    day_before = timezone.now() - timedelta(days=1)
    old = Workspace.objects.create(name="old", slug="evaluation-old")
    Workspace.objects.filter(pk=old.pk).update(created_at=day_before)
    User.objects.create_user("evaluation-old@quire.invalid", None, name="Evaluation", date_joined=day_before)
    young = Workspace.objects.create(name="young", slug="evaluation-young")
    with trial_workspace():
        pass
    assert set(Workspace.objects.values_list("slug", flat=True)) == {acme.slug, young.slug}
    assert not User.objects.filter(email__startswith="evaluation-").exists()


def test_a_broken_set_is_told_in_one_line_and_makes_nothing(folder):
    (folder / "corpus.jsonl").write_text("{broken\n")
    before = counts()
    with pytest.raises(CommandError, match=r"corpus\.jsonl, line 1: expected a JSON object"):
        measure(folder)
    assert counts() == before


def test_a_person_at_a_terminal_sees_how_far_it_is(folder):
    class Terminal(StringIO):
        def isatty(self):
            return True

    seen = Terminal()
    measure(folder, stderr=seen)
    assert "4 documents indexed" in seen.getvalue()


@pytest.fixture
def bare(monkeypatch):
    """A database in which something is to be migrated; returns what was called."""
    called: list[str] = []
    monkeypatch.setattr(evaluate_search.MigrationExecutor, "migration_plan", lambda *_: [("documents.0001", False)])
    monkeypatch.setattr(evaluate_search, "call_command", lambda name, **_: called.append(name))
    return called


def test_an_embedded_database_gets_its_tables_first(folder, bare, settings):
    settings.QUIRE_IS_EMBEDDED_POSTGRES = True
    measure(folder, "--limit-queries", "1")
    assert bare == ["migrate"]


def test_another_database_is_left_alone_and_the_way_told(folder, bare, settings):
    settings.QUIRE_IS_EMBEDDED_POSTGRES = False
    with pytest.raises(CommandError, match=r"Run `manage\.py prepare` first"):
        measure(folder)
    assert bare == []
