"""How many passages hold a word is counted as they come and go, whatever brings or removes them, and without anybody waiting."""

import threading
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection, transaction

from apps.accounts.models import Workspace
from apps.documents.analysis.terms import analyse, in_workspace
from apps.documents.models import Passage, PassageTerms, SearchStatistics, TermChange, TermCount
from apps.documents.services import delete_document, statistics
from apps.documents.services.reindex_terms import reindex_terms
from apps.documents.services.statistics import fold_changes

pytestmark = pytest.mark.django_db

TEXT = "Waxed linen thread is waxed twice."


def counted(workspace, text):
    (term,) = analyse(text, "en").counts
    row = TermCount.objects.filter(workspace=workspace, term=in_workspace([term], workspace.pk)[0]).first()
    return row.passage_count if row else 0


def truth():
    """All of it counted anew."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT term, count(*) FROM documents_passageterms, unnest(terms) AS term GROUP BY term")
        return dict(cursor.fetchall())


def stands():
    fold_changes()
    assert dict(TermCount.objects.values_list("term", "passage_count")) == truth()
    for row in SearchStatistics.objects.all():
        held = PassageTerms.objects.filter(workspace=row.workspace, analyser=row.analyser)
        assert (row.passage_count, row.length_sum) == (held.count(), sum(held.values_list("length", flat=True)))
        assert sum(row.languages.values()) == held.count()
    return True


def test_a_document_that_comes_and_goes_is_counted(alice_reader, acme, make_document):
    first = make_document(alice_reader, TEXT, "a.txt")
    assert (counted(acme, "waxed"), counted(acme, "glue")) == (1, 0)
    make_document(alice_reader, "Linen and glue.", "b.txt")
    assert (counted(acme, "linen"), counted(acme, "glue")) == (2, 1)
    delete_document(alice_reader, first)
    fold_changes()
    assert (counted(acme, "linen"), counted(acme, "waxed")) == (1, 0)
    # Not a row of no passages: the words of what was deleted are not kept.
    assert not TermCount.objects.filter(passage_count__lte=0).exists()
    assert stands()
    assert not TermChange.objects.exists()


def test_a_new_version_is_counted_in_place_of_the_one_before(alice_reader, acme, make_document, read_again):
    document = make_document(alice_reader, TEXT, "a.txt")
    read_again(document)
    fold_changes()
    assert counted(acme, "waxed") == 1
    assert SearchStatistics.objects.get().passage_count == 1
    assert stands()


def test_whatever_removes_passages_is_counted(alice_reader, make_document):
    for number in range(4):
        make_document(alice_reader, f"{TEXT} Number {number}.", f"{number}.txt")
    Passage.objects.first().delete()
    assert stands()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM documents_passageterms WHERE id IN (SELECT id FROM documents_passageterms ORDER BY id LIMIT 2)")
    assert stands()
    assert SearchStatistics.objects.get().passage_count == 1


def test_what_is_rolled_back_was_never_counted(alice_reader, make_document):
    make_document(alice_reader, TEXT)
    with transaction.atomic():
        PassageTerms.objects.all().delete()
        transaction.set_rollback(True)
    assert stands()


def test_notes_are_added_up_in_several_goes(alice_reader, make_document, monkeypatch):
    monkeypatch.setattr(statistics, "_AT_ONCE", 2)
    monkeypatch.setattr("apps.documents.services.embedder.fold_changes", lambda: 0)
    for number in range(5):
        make_document(alice_reader, f"{TEXT} Number {number}.", f"{number}.txt")
    assert TermChange.objects.count() == 5
    assert fold_changes() == 5
    assert stands()


def test_workspaces_are_counted_apart(alice_reader, charlie_reader, acme, other, make_document):
    make_document(alice_reader, TEXT)
    make_document(charlie_reader, "Thread.")
    assert (counted(acme, "thread"), counted(other, "thread"), counted(other, "waxed")) == (1, 1, 0)


def test_of_a_workspace_that_is_gone_nothing_is_left(alice_reader, acme, make_document):
    make_document(alice_reader, TEXT)
    Workspace.objects.filter(pk=acme.pk).delete()
    fold_changes()
    for model in (TermCount, TermChange, SearchStatistics, PassageTerms):
        assert not model.objects.exists()


def test_counts_that_came_while_their_workspace_was_deleted_go_within_the_hour(alice_reader, acme, make_document):
    cache.clear()
    make_document(alice_reader, TEXT)
    counts = list(TermCount.objects.all())
    gone = uuid4()
    TermCount.objects.bulk_create(TermCount(workspace_id=gone, analyser=1, term=term, passage_count=1) for term in (3, 5))
    TermCount.objects.create(workspace=acme, analyser=7, term=3, passage_count=1)
    reindex_terms()
    assert list(TermCount.objects.all()) == counts


def test_what_is_noted_of_an_analyser_that_was_removed_is_not_counted(alice_reader, acme, make_document):
    make_document(alice_reader, TEXT)
    TermChange.objects.create(workspace=acme, analyser=7, passage_count=1, length_sum=1, languages={"en": 1}, terms=[3], counts=[1])
    assert fold_changes() == 1
    assert not TermCount.objects.filter(analyser=7).exists()
    assert stands()


def test_weights_follow_the_mean_length(alice_reader, make_document, hints):
    make_document(alice_reader, TEXT, "a.txt")
    before = SearchStatistics.objects.get()
    make_document(alice_reader, " ".join(f"word{number}" for number in range(80)), "b.txt")
    row = SearchStatistics.objects.get()
    assert row.mean_length == row.length_sum / row.passage_count > before.mean_length
    assert row.weighting > before.weighting
    # A little more or less moves nothing.
    make_document(alice_reader, " ".join(f"word{number}" for number in range(42)), "c.txt")
    assert SearchStatistics.objects.get().weighting == row.weighting


@pytest.mark.django_db(transaction=True)
def test_who_is_not_the_first_leaves_it_to_the_other(alice_reader, make_document, monkeypatch):
    monkeypatch.setattr("apps.documents.services.embedder.fold_changes", lambda: 0)
    make_document(alice_reader, TEXT)
    folded = []

    def fold():
        folded.append(fold_changes())
        connection.close()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statistics._LOCK)
        beside = threading.Thread(target=fold)
        beside.start()
        beside.join()
    assert folded == [0]
    assert fold_changes() == 1


@pytest.mark.django_db(transaction=True)
def test_counts_are_removed_while_nobody_adds_up(alice_reader, acme, make_document):
    """Else each might wait for a row that the other has."""
    make_document(alice_reader, TEXT)
    refused = []

    def remove():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
        with pytest.raises(OperationalError) as caught:
            statistics.forget_older(acme.pk, 2)
        refused.append(caught)
        connection.close()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statistics._LOCK)
        beside = threading.Thread(target=remove)
        beside.start()
        beside.join()
    assert len(refused) == 1
    assert TermCount.objects.exists()
    statistics.forget_older(acme.pk, 2)
    assert not TermCount.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_who_publish_common_words_at_once_do_not_wait_for_each_other(alice_reader, make_document):
    document = make_document(alice_reader, TEXT)
    row = PassageTerms.objects.get(passage__version=document.current_version)
    PassageTerms.objects.all().delete()

    def insert(number):
        row.pk, row.analyser = None, 10 + number
        row.save(force_insert=True)

    with transaction.atomic():
        insert(0)

        def beside():
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '1s'")
                insert(1)
            connection.close()

        thread = threading.Thread(target=beside)
        thread.start()
        thread.join()
    assert PassageTerms.objects.count() == 2
