"""A policy of the database on documents and passages hides more than the query's own rule, and takes no index away.

For installations that want a second fence: the tables that are searched hold no right of their own, so the indexes of terms and
of vectors name candidates as before, and the policy is asked where the rule is.
"""

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from apps.documents import search as documents_search
from apps.documents.models import Access, Document, DocumentVersion, Passage, PassageEmbedding
from apps.documents.search import candidates, legs
from apps.documents.search.legs import look_up_meaning, look_up_words
from apps.documents.search.question import plain_question
from apps.documents.search.types import Request
from apps.documents.services.statistics import fold_changes
from apps.documents.services.terms import analyse_texts, analysers_in_use, write_terms
from apps.documents.vector_index import ensure_vector_index, index_name
from tests.documents.conftest import MODEL, embed_texts

pytestmark = [pytest.mark.django_db(transaction=True, databases=["default", "owner"]), pytest.mark.slow]

QUESTION = "waxed linen thread"
_POLICIES = """
    ALTER TABLE documents_document ENABLE ROW LEVEL SECURITY;
    CREATE POLICY fence ON documents_document USING (title <> 'fenced') WITH CHECK (true);
    ALTER TABLE documents_passage ENABLE ROW LEVEL SECURITY;
    CREATE POLICY fence ON documents_passage USING (position('behind' in text) = 0) WITH CHECK (true);
"""
_NO_POLICIES = "".join(
    f"DROP POLICY fence ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;" for table in ("documents_document", "documents_passage")
)


def as_owner(statement):
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def fenced(monkeypatch):
    """A database of the tests with an index of vectors and with policies, both gone again at the end."""
    monkeypatch.setattr("apps.gateway.selectors.get_embedding_model", lambda: MODEL)
    ensure_vector_index("owner")
    yield lambda: as_owner(_POLICIES)
    as_owner(_NO_POLICIES)
    as_owner(f'DROP INDEX "{index_name(MODEL.name, MODEL.dimension)}"')


@pytest.fixture
def library(fenced, alice, acme, make_shelf, add_document):
    shelf = make_shelf("Open", "read")

    def publish(title, texts, access=Access.PUBLIC):
        version = DocumentVersion.objects.create(document=add_document(shelf, alice, title, access=access), number=1, parser="none")
        rows = [Passage(version=version, workspace=acme, ordinal=at, text=text, start=0, end=len(text)) for at, text in enumerate(texts)]
        passages = Passage.objects.bulk_create(rows)
        PassageEmbedding.objects.bulk_create(
            PassageEmbedding(passage=one, version=version, model=MODEL.name, vector=row) for one, row in zip(passages, embed_texts(texts), strict=True)
        )
        write_terms(version.pk, acme.pk, [one.pk for one in passages], analyse_texts(texts, analysers_in_use(acme.pk)))
        DocumentVersion.objects.filter(pk=version.pk).update(passage_count=len(texts))
        Document.objects.filter(title=title).update(current_version=version)

    publish("seen", [f"Thread number {number} of waxed linen." for number in range(30)])
    publish("crowd", [f"Paper {number} and paste, boards and cloth {number * 7}." for number in range(3000)])
    publish("fenced", [f"Waxed linen thread that is behind the other one {number}." for number in range(30)])
    fold_changes()
    fenced()
    as_owner("ANALYZE documents_document, documents_documentversion, documents_passage, documents_passageterms, documents_passageembedding")


@pytest.fixture
def large(monkeypatch):
    """What is small would be compared one by one; a library of millions would not."""
    monkeypatch.setattr(legs, "VERY_FEW_PASSAGES", 0)
    monkeypatch.setattr(legs, "FEW_PASSAGES", 0)
    monkeypatch.setattr(legs, "CANDIDATES_MIN", 5)
    monkeypatch.setattr(legs, "_CANDIDATES_TIMES", 1)
    monkeypatch.setattr(candidates, "EF_SEARCH", 40)


def plans_of(reader):
    """Search as the app's role; return the plan of each statement that looks for candidates."""
    with CaptureQueriesContext(connection) as asked:
        words = look_up_words(reader, Request(plain_question(QUESTION), limit=3), MODEL)
        look_up_meaning(words, embed_texts([QUESTION])[0].tolist())
    statements = [one["sql"].rpartition(";\n")[2] for one in asked if "<#>" in one["sql"] or "<=>" in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off; SET enable_sort = off")
        plans = []
        for statement in statements:
            cursor.execute(f"EXPLAIN {statement}")
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
        cursor.execute("RESET enable_seqscan; RESET enable_sort")
    return "\n".join(plans)


def test_the_policy_hides_from_everybody_what_it_hides(library, alice_reader):
    hits = async_to_sync(documents_search.search)(alice_reader, QUESTION, limit=50, joins=False)
    assert {hit.title for hit in hits if "axed" in hit.text} == {"seen"}
    assert not [hit for hit in hits if hit.title == "fenced"]


def test_terms_and_vectors_are_looked_up_by_their_indexes_all_the_same(library, large, bob_reader):
    plans = plans_of(bob_reader)
    assert "Bitmap Index Scan on passage_terms" in plans
    assert f"Index Scan using {index_name(MODEL.name, MODEL.dimension)}" in plans


def test_a_policy_on_the_terms_themselves_would_take_their_index_away(library, large, bob_reader):
    as_owner("ALTER TABLE documents_passageterms ENABLE ROW LEVEL SECURITY; CREATE POLICY fence ON documents_passageterms USING (length >= 0)")
    try:
        plans = plans_of(bob_reader)
    finally:
        as_owner("DROP POLICY fence ON documents_passageterms; ALTER TABLE documents_passageterms DISABLE ROW LEVEL SECURITY")
    assert "Bitmap Index Scan on passage_terms" not in plans
