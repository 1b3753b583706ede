"""Another analyser: the one before answers until the last passage has its new terms, and then goes."""

import threading
from dataclasses import replace

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from apps.documents.analysis import terms
from apps.documents.analysis.terms import ANALYSERS, analyse, place_terms
from apps.documents.models import Passage, PassageTerms, SearchStatistics, TermCount
from apps.documents.search.legs import look_up_words
from apps.documents.search.question import plain_question
from apps.documents.search.types import Mode, Request
from apps.documents.services import delete_document, reindex_terms
from apps.documents.services.statistics import fold_changes
from apps.documents.services.terms import analyse_texts
from apps.documents.tasks import reindex
from tests.documents.conftest import MODEL

pytestmark = pytest.mark.django_db

WRITTEN = {"written": lambda text, language: analyse(text, ""), "placed": lambda run, language: place_terms(run, "")}


@pytest.fixture(autouse=True)
def _nobody_has_looked():
    cache.clear()


@pytest.fixture
def another_analyser(monkeypatch):
    """From now on words are taken as they are written: no stems, no stop words."""
    newer = replace(ANALYSERS[1], version=2, analyse=WRITTEN["written"], place=WRITTEN["placed"])
    monkeypatch.setitem(terms.ANALYSERS, 2, newer)


def found(reader, word):
    return len(look_up_words(reader, Request(plain_question(word), mode=Mode.BM25), MODEL).found)


def work():
    while reindex_terms.reindex_terms():
        pass
    fold_changes()


def work_an_hour_later():
    cache.clear()
    work()


def forget_terms():
    """As after an upgrade from a Quire that had none."""
    PassageTerms.objects.all().delete()
    fold_changes()
    SearchStatistics.objects.all().delete()


def test_the_analyser_before_answers_until_the_new_one_is_whole(alice_reader, make_document, another_analyser, monkeypatch):
    monkeypatch.setattr(reindex_terms, "_VERSIONS_AT_ONCE", 1)
    monkeypatch.delitem(terms.ANALYSERS, 2)
    for number in range(3):
        make_document(alice_reader, f"Waxed threads {number}.", f"{number}.txt")
    monkeypatch.setitem(terms.ANALYSERS, 2, replace(ANALYSERS[1], version=2, analyse=WRITTEN["written"], place=WRITTEN["placed"]))
    for _ in range(3):
        assert found(alice_reader, "thread") == 3
        assert reindex_terms.reindex_terms() is True
    # What comes meanwhile has both.
    make_document(alice_reader, "More threads.", "new.txt")
    assert found(alice_reader, "thread") == 4
    work()
    assert (found(alice_reader, "thread"), found(alice_reader, "threads")) == (0, 4)
    assert set(PassageTerms.objects.values_list("analyser", flat=True)) == {2}
    assert set(TermCount.objects.values_list("analyser", flat=True)) == {2}
    assert [(row.analyser, row.is_whole, row.passage_count) for row in SearchStatistics.objects.all()] == [(2, True, 4)]


def test_a_library_from_before_there_were_terms_gets_them(alice_reader, make_document):
    make_document(alice_reader, "Waxed threads.")
    forget_terms()
    assert found(alice_reader, "thread") == 0
    work()
    assert found(alice_reader, "thread") == 1
    assert SearchStatistics.objects.get().is_whole


def test_a_library_of_more_documents_than_are_analysed_at_once_gets_its_terms(alice_reader, make_document, monkeypatch):
    monkeypatch.setattr(reindex_terms, "_VERSIONS_AT_ONCE", 2)
    for number in range(5):
        make_document(alice_reader, f"Waxed threads {number}.", f"{number}.txt")
    forget_terms()
    assert reindex_terms.reindex_terms() is True
    assert not SearchStatistics.objects.get().is_whole
    work()
    assert found(alice_reader, "thread") == 5
    assert SearchStatistics.objects.get().is_whole


def test_what_is_added_after_an_upgrade_does_not_stand_for_what_was_there(alice_reader, make_document):
    for number in range(3):
        make_document(alice_reader, f"Waxed threads {number}.", f"{number}.txt")
    forget_terms()
    make_document(alice_reader, "More threads.", "new.txt")
    assert not SearchStatistics.objects.get().is_whole
    work()
    assert found(alice_reader, "thread") == 4
    assert SearchStatistics.objects.get().is_whole


def test_the_first_document_of_a_library_makes_it_whole(alice_reader, make_document):
    make_document(alice_reader, "Waxed threads.")
    assert SearchStatistics.objects.get().is_whole


def test_whatever_left_a_document_without_terms_it_gets_them_within_the_hour(alice_reader, make_document):
    first = make_document(alice_reader, "Waxed threads.", "a.txt")
    make_document(alice_reader, "More threads.", "b.txt")
    work()
    PassageTerms.objects.filter(version=first.current_version).delete()
    work()
    assert found(alice_reader, "thread") == 1
    work_an_hour_later()
    assert found(alice_reader, "thread") == 2
    assert SearchStatistics.objects.get().passage_count == 2


def test_what_was_half_removed_is_written_anew(alice_reader, make_document):
    make_document(alice_reader, "Waxed threads. " * 2000)
    whole = PassageTerms.objects.count()
    PassageTerms.objects.order_by("passage__ordinal").first().delete()
    work()
    assert PassageTerms.objects.count() == Passage.objects.count() == whole > 1
    assert SearchStatistics.objects.get().passage_count == whole


def test_nobody_looks_for_gaps_more_often_than_once_an_hour(alice_reader, make_document, django_assert_num_queries):
    make_document(alice_reader, "Waxed threads.")
    work()
    # Only what is to be weighed.
    with django_assert_num_queries(2):
        assert reindex_terms.reindex_terms() is False


def test_an_older_process_leaves_the_terms_of_a_newer_analyser_alone(alice_reader, make_document, another_analyser, monkeypatch):
    make_document(alice_reader, "Waxed threads.", "a.txt")
    work()
    newer = terms.ANALYSERS[2]
    with monkeypatch.context() as older:
        older.delitem(terms.ANALYSERS, 2)
        make_document(alice_reader, "More threads.", "b.txt")
        work_an_hour_later()
        assert found(alice_reader, "thread") == 2
    assert terms.ANALYSERS[2] is newer
    assert SearchStatistics.objects.get(analyser=2).passage_count == 1
    assert found(alice_reader, "threads") == 1
    # What the older process read is analysed by the newer one, and its terms go.
    work_an_hour_later()
    assert found(alice_reader, "threads") == 2
    assert [(row.analyser, row.is_whole, row.passage_count) for row in SearchStatistics.objects.all()] == [(2, True, 2)]
    assert set(PassageTerms.objects.values_list("analyser", flat=True)) == {2}


def test_a_document_that_is_still_being_embedded_is_not_forgotten(alice_reader, upload, models, another_analyser):
    from tests.documents.conftest import read_document

    document = upload(alice_reader, "Waxed threads.")
    read_document(document.jobs.get().pk, models=models)
    forget_terms()
    work()
    assert PassageTerms.objects.get().version.document == document


def test_what_is_deleted_or_done_meanwhile_is_left_alone(alice_reader, make_document, another_analyser):
    document = make_document(alice_reader, "Waxed threads.")
    version, workspace_id = document.current_version_id, document.collection.workspace_id
    # It has the terms already.
    reindex_terms._analyse(version, workspace_id)
    assert PassageTerms.objects.filter(version=version).count() == 1
    delete_document(alice_reader, document)
    reindex_terms._analyse(version, workspace_id)
    assert not PassageTerms.objects.exists()


def test_a_version_that_is_superseded_meanwhile_gets_no_terms(alice_reader, make_document, read_again, monkeypatch):
    document = make_document(alice_reader, "Waxed threads.")
    before = document.current_version_id
    forget_terms()

    def analyse_while_the_next_one_is_published(*given):
        read_again(document)
        return analyse_texts(*given)

    monkeypatch.setattr(reindex_terms, "analyse_texts", analyse_while_the_next_one_is_published)
    reindex_terms.reindex_terms()
    assert document.current_version_id != before
    assert set(PassageTerms.objects.values_list("version", flat=True)) == {document.current_version_id}


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_read_anew_meanwhile_stops_nothing(alice_reader, make_document, monkeypatch):
    make_document(alice_reader, "Waxed threads.")
    forget_terms()

    def analyse_while_passages_go(*given):
        Passage.objects.all().delete()
        return analyse_texts(*given)

    monkeypatch.setattr(reindex_terms, "analyse_texts", analyse_while_passages_go)
    assert reindex_terms.reindex_terms() is True
    assert not PassageTerms.objects.exists()


def test_weights_are_made_anew_where_the_mean_has_moved(alice_reader, make_document, monkeypatch):
    monkeypatch.setattr(reindex_terms, "_ROWS_AT_ONCE", 1)
    make_document(alice_reader, "Short one.", "a.txt")
    make_document(alice_reader, " ".join(f"word{number}" for number in range(60)), "b.txt")
    row = SearchStatistics.objects.get()
    assert PassageTerms.objects.filter(weighting__lt=row.weighting).exists()
    before = dict(PassageTerms.objects.values_list("pk", "weights"))
    work()
    assert set(PassageTerms.objects.values_list("weighting", flat=True)) == {row.weighting}
    after = dict(PassageTerms.objects.values_list("pk", "weights"))
    assert before != after
    assert before.keys() == after.keys()
    # No passage came or went by it.
    assert SearchStatistics.objects.get().passage_count == Passage.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_who_weighs_waits_for_nobody_who_removes(alice_reader, make_document):
    for number in range(2):
        make_document(alice_reader, f"Waxed threads {number}.", f"{number}.txt")
    SearchStatistics.objects.update(weighting=9)
    held, _free = PassageTerms.objects.order_by("pk")
    done = []

    def weigh():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1s'")
        done.extend([reindex_terms._weigh_some(), reindex_terms._weigh_some()])
        connection.close()

    with transaction.atomic():
        PassageTerms.objects.select_for_update().get(pk=held.pk)
        beside = threading.Thread(target=weigh)
        beside.start()
        beside.join()
    # What was held is left to the next time.
    assert done == [True, False]
    assert set(PassageTerms.objects.filter(weighting__lt=9)) == {held}


def test_nothing_is_done_where_nothing_is_to_be_done(alice_reader, make_document):
    make_document(alice_reader, "Waxed threads.")
    work()
    assert reindex_terms.reindex_terms() is False
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM documents_termchange")
        assert cursor.fetchone() == (0,)


def test_the_task_works_for_a_while_and_asks_for_the_next_one(alice_reader, make_document, another_analyser, monkeypatch):
    asked = []
    monkeypatch.setattr(reindex, "apply_async", lambda **options: asked.append(options))
    monkeypatch.setattr("apps.documents.tasks._TERMS_SECONDS", -1)
    monkeypatch.setattr("apps.documents.services.reindex.get_embedding_model", lambda: MODEL)
    make_document(alice_reader, "Waxed threads.")
    SearchStatistics.objects.update(is_whole=False)
    PassageTerms.objects.filter(analyser=2).delete()
    reindex()
    assert asked == [{"countdown": 60}]
    assert PassageTerms.objects.filter(analyser=2).exists()
