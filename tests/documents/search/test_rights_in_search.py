"""What is hidden neither answers, nor counts, nor crowds out what may be seen; and costs no query a row."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Group, GroupMember
from apps.documents import search as documents_search
from apps.documents.models import Access, CollectionGrant, Document, DocumentGrant, DocumentVersion, Passage, PassageEmbedding
from apps.documents.search import Filters, Mode, candidates, legs
from apps.documents.search.legs import look_up_meaning, look_up_words
from apps.documents.search.question import plain_question
from apps.documents.search.types import Request
from apps.documents.selectors import get_library_summary, list_collections, list_documents
from apps.documents.vector_index import ensure_vector_index, index_name
from tests.documents.conftest import MODEL, embed_texts

# The search runs its queries in connections of its own.
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

HIDDEN = 2000


@pytest.fixture
def find() -> Callable:
    return async_to_sync(documents_search.search)


def titles(hits):
    return sorted({one.title for hit in hits for one in (hit, *hit.alike)})


@pytest.fixture
def vector_index(monkeypatch):
    monkeypatch.setattr("apps.gateway.selectors.get_embedding_model", lambda: MODEL)
    ensure_vector_index("owner")
    yield
    with connections["owner"].cursor() as cursor:
        cursor.execute(f'DROP INDEX "{index_name(MODEL.name, MODEL.dimension)}"')


@pytest.fixture
def crowd(vector_index, alice, bob, shelf, add_document, acme):
    """Thousands of hidden passages that say just what is asked, and three that may be seen and say little of it."""

    def publish(document, texts):
        version = DocumentVersion.objects.create(document=document, number=1, parser="none")
        rows = [Passage(version=version, workspace=acme, ordinal=at, text=text, start=0, end=len(text)) for at, text in enumerate(texts)]
        passages = Passage.objects.bulk_create(rows)
        vectors = embed_texts(texts)
        rows = zip(passages, vectors, strict=True)
        PassageEmbedding.objects.bulk_create([PassageEmbedding(passage=one, version=version, model=MODEL.name, vector=row) for one, row in rows])
        DocumentVersion.objects.filter(pk=version.pk).update(passage_count=len(texts))
        Document.objects.filter(pk=document.pk).update(current_version=version)

    publish(add_document(shelf, alice, "hidden", access=Access.RESTRICTED), [f"waxed linen thread {number}" for number in range(HIDDEN)])
    publish(add_document(shelf, bob, "seen", access=Access.RESTRICTED), [f"thread and paper, glue and boards {number}" for number in range(3)])
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE documents_document, documents_documentversion, documents_passage, documents_passageembedding")


QUESTION = embed_texts(["waxed linen thread"])[0].tolist()


@pytest.fixture
def look(bob_reader):
    """Ask the dense leg as bob, of a library of which other facts may be said."""
    words = look_up_words(bob_reader, Request(plain_question("waxed linen thread"), limit=3, mode=Mode.DENSE), MODEL)
    return lambda **facts: look_up_meaning(replace(words, library=replace(words.library, **facts)), QUESTION).near


# As far as the index goes by itself. Where it ends with its first look, it has what that happened to meet on its way, which may be
# all: an index is built by chance. Where it does not go on at all, it has the three nearest, and each that is hidden is nearer.
GOES_ON, LOOKS_ONCE, STOPS = ("relaxed_order", candidates.SCAN_TUPLES, candidates.EF_SEARCH), ("relaxed_order", 1, 1), ("off", 1, 1)


@pytest.mark.slow
@pytest.mark.parametrize(("index", "looks"), [(GOES_ON, {1}), (LOOKS_ONCE, {1, 2}), (STOPS, {2})])
def test_thousands_of_nearer_hidden_passages_do_not_crowd_out_the_visible_ones(crowd, bob_reader, look, monkeypatch, index, looks):
    goes_on, scan, width = index
    assert candidates._SCORED.count("'relaxed_order'") == 1
    monkeypatch.setattr(candidates, "_SCORED", candidates._SCORED.replace("relaxed_order", goes_on))
    monkeypatch.setattr(candidates, "SCAN_TUPLES", scan)
    monkeypatch.setattr(candidates, "EF_SEARCH", width)
    # So few passages would be compared one by one; a library of millions would not.
    monkeypatch.setattr(legs, "VERY_FEW_PASSAGES", 0)
    monkeypatch.setattr(legs, "FEW_PASSAGES", 0)
    monkeypatch.setattr(legs, "CANDIDATES_MIN", 3)
    monkeypatch.setattr(legs, "_CANDIDATES_TIMES", 1)
    visible = set(Passage.objects.visible_to(bob_reader).current().values_list("pk", flat=True))
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as asked:
        cursor.execute("SET enable_sort = off")
        found = look()
        searched = [one["sql"].rpartition(";")[2] for one in asked if "<=>" in one["sql"]]
        cursor.execute(f"EXPLAIN {searched[0]}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("RESET enable_sort")
    assert index_name(MODEL.name, MODEL.dimension) in plan
    assert len(searched) in looks
    assert {pk for pk, _score in found} == visible
    assert len(found) == 3


@pytest.mark.slow
def test_who_sees_little_of_a_large_library_has_all_of_it_compared(crowd, bob_reader, look, monkeypatch):
    monkeypatch.setattr(legs, "VERY_FEW_PASSAGES", 0)
    monkeypatch.setattr(candidates, "score_nearest", None)
    assert {pk for pk, _score in look(all_passages=20)} == set(Passage.objects.visible_to(bob_reader).current().values_list("pk", flat=True))


# --- plans


def plan_of(rows) -> str:
    sql, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", parameters)
        return "\n".join(line for (line,) in cursor.fetchall())


def unhashed(plan: str) -> list[str]:
    """Sub-plans that a filter runs for each row anew."""
    filters = [line for line in plan.splitlines() if re.search(r"(Filter|Cond):", line)]
    return [line.strip() for line in filters if re.search(r"(?<!hashed )SubPlan \d", line)]


@pytest.fixture
def crowded(alice, bob_reader, make_shelf, add_document, acme, join):
    """Many documents, collections, groups and grants, so that plans are made for more than a handful."""
    groups = Group.objects.bulk_create(Group(workspace=acme, name=f"Group {number}") for number in range(30))
    GroupMember.objects.bulk_create(GroupMember(group=group, membership_id=bob_reader.membership_id) for group in groups[:10])
    shelves = [make_shelf(f"Shelf {number}") for number in range(30)]
    CollectionGrant.objects.bulk_create(CollectionGrant(collection=one, group=group) for one, group in zip(shelves, groups, strict=True))
    documents = [add_document(shelves[number % 30], alice, access=Access.values[number % 3]) for number in range(300)]
    DocumentGrant.objects.bulk_create(DocumentGrant(document=one, group=groups[number % 30]) for number, one in enumerate(documents))
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE documents_document, documents_collection, documents_collectiongrant, documents_documentgrant")


def test_rights_are_read_once_a_query_and_not_once_a_row(crowded, bob, acme, reader_of):
    reader = reader_of(bob, acme)
    for rows in (
        Document.objects.visible_to(reader),
        Passage.objects.visible_to(reader).current(),
        PassageEmbedding.objects.filter(passage__in=Passage.objects.visible_to(reader).current()),
    ):
        plan = plan_of(rows)
        assert "hashed SubPlan" in plan
        assert unhashed(plan) == [], plan


def test_the_check_of_plans_sees_what_it_looks_for(crowded):
    from django.db.models import F

    per_row = Document.objects.annotate(other=F("collection__name")).extra(
        where=["title = (SELECT name FROM accounts_group g WHERE g.name = documents_document.title LIMIT 1)"]
    )
    assert unhashed(plan_of(per_row)) != []


# --- everybody finds exactly their own


def canary(number: int) -> str:
    return f"canary{number:03d}"


@pytest.mark.slow
def test_everybody_finds_exactly_what_they_may_see(alice_reader, make_document, make_shelf, join, client_for, acme, find):
    groups = [Group.objects.create(workspace=acme, name=f"Group {number}") for number in range(3)]
    people = [join(f"reader{number}", "viewer", group=groups[number % 3]) for number in range(9)]
    shelves = [make_shelf(f"Shelf {number}") for number in range(3)]
    for shelf, group in zip(shelves, groups, strict=True):
        CollectionGrant.objects.create(collection=shelf, group=group)
    expected: dict[int, set[str]] = {number: set() for number in range(9)}

    def add(number, access, shelf, readers):
        document = make_document(alice_reader, f"The secret word of this one is {canary(number)}.", f"{canary(number)}.txt", access=access, collection=shelf)
        for reader in readers:
            expected[reader].add(canary(number))
        return document

    add(0, Access.PUBLIC, shelves[0], range(9))
    for number in range(3):
        add(1 + number, Access.INTERNAL, shelves[number], [one for one in range(9) if one % 3 == number])
    for number in range(9):
        document = add(10 + number, Access.RESTRICTED, shelves[number % 3], [number])
        DocumentGrant.objects.create(document=document, member_id=people[number].membership_id)
    grouped = add(20, Access.RESTRICTED, shelves[0], [one for one in range(9) if one % 3 == 1])
    DocumentGrant.objects.create(document=grouped, group=groups[1])
    every = sorted(set().union(*expected.values()))
    for number, person in enumerate(people):
        # By each word alone, and by all of them and their meaning at once.
        assert {word for word in every if word in titles(find(person, word, limit=50))} == expected[number]
        assert set(titles(find(person, f"secret word {' '.join(every)}", limit=50))) == expected[number]
        assert {document.title for document in list_documents(person)} == expected[number]
        assert get_library_summary(person)["document_count"] == len(expected[number])
        page = client_for(person.user).get(reverse("documents:library", args=[acme.slug])).content.decode()
        assert {word for word in every if word in page} == expected[number]
        assert [one.name for one in list_collections(person)] == [f"Shelf {number % 3}"]
        counts = sum(one.document_count for one in list_collections(person))
        assert counts == len([word for word in expected[number] if Document.objects.get(title=word).collection == shelves[number % 3]])


def test_a_filter_by_collection_tells_nothing_of_a_hidden_one(alice_reader, bob_reader, make_document, make_shelf, find):
    hidden, seen = make_shelf("Hidden"), make_shelf("Seen", "read")
    make_document(alice_reader, "Waxed thread.", "in-hidden.txt", access=Access.PUBLIC, collection=hidden)
    make_document(alice_reader, "Waxed thread.", "in-seen.txt", access=Access.PUBLIC, collection=seen)
    # Public, so everybody finds it; but that it is in that collection is not said.
    assert titles(find(bob_reader, "waxed thread")) == ["in-hidden", "in-seen"]
    assert titles(find(bob_reader, "waxed thread", filters=Filters(collection_ids=frozenset([hidden.pk])))) == []
    assert titles(find(bob_reader, "waxed thread", filters=Filters(collection_ids=frozenset([hidden.pk, seen.pk])))) == ["in-seen"]
    assert titles(find(alice_reader, "waxed thread", filters=Filters(collection_ids=frozenset([hidden.pk])))) == ["in-hidden"]


def ranked(hits):
    return [(hit.title, hit.explanation["terms"]) for hit in hits]


def test_hidden_passages_move_neither_a_count_nor_an_order(alice_reader, bob_reader, make_document, find):
    for number in range(6):
        make_document(alice_reader, f"Waxed thread for sewing, {'linen ' * number}and glue.", f"{number}.txt")
    before = {question: ranked(find(bob_reader, question, limit=50)) for question in ("waxed thread", "linen glue", "waxed colophon")}
    for number in range(5):
        make_document(alice_reader, f"Waxed linen thread, a colophon {number}.", f"hidden {number}.txt", access=Access.RESTRICTED)
    assert {question: ranked(find(bob_reader, question, limit=50)) for question in before} == before


def test_a_word_that_stands_in_hidden_passages_alone_is_as_unknown_as_one_that_nobody_wrote(alice_reader, bob_reader, make_document, find):
    make_document(alice_reader, "Waxed thread for sewing.", "seen.txt")
    for number in range(5):
        make_document(alice_reader, f"The colophon number {number}.", f"{number}.txt", access=Access.RESTRICTED)
    written, unwritten = (find(bob_reader, f"waxed {word}") for word in ("colophon", "xylophones"))
    assert [hit.explanation["words"] for hit in written] == [hit.explanation["words"] for hit in unwritten]
    assert [round(hit.score, 6) for hit in find(bob_reader, "waxed colophon", mode=Mode.BM25)] == [
        round(hit.score, 6) for hit in find(bob_reader, "waxed xylophone", mode=Mode.BM25)
    ]


def test_who_may_read_nothing_finds_nothing(alice_reader, bob_reader, make_document, find):
    make_document(alice_reader, "Waxed thread.", "seen.txt")
    assert find(replace(bob_reader, permissions=frozenset({"chat.ask"})), "waxed thread") == []
