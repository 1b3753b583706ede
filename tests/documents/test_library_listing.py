"""The library's list of many documents: by state, kind and title, a page at a time, and the rows that changed."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.documents.models import Document, IngestJob
from apps.documents.rows import make_row
from apps.documents.selectors import get_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(acme):
    return lambda name="library", *rest: reverse(f"documents:{name}", args=[acme.slug, *rest])


@pytest.fixture
def shelf(make_shelf):
    return make_shelf("Open", "write")


@pytest.fixture
def add(shelf, alice, add_document):
    """A document, and the state of its newest job."""

    def make(title, state="ready", *, job="", place=None, owner=alice, **fields):
        document = add_document(place or shelf, owner, title, state=state, **fields)
        if job:
            IngestJob.objects.create(document=document, state=job, hinted_at=timezone.now(), error_detail="No text." if job == "failed" else "")
        return document

    return make


@pytest.fixture
def every_state(add):
    add("waiting", "processing", job="queued")
    add("reading", "processing", job="running")
    add("indexing", "processing", job="embedding")
    add("ready", job="done")
    add("renewed", job="running")
    add("stale", job="failed")
    add("failed", "failed", job="failed", error_code="no_text", error_detail="No text.")
    add("ended", "failed", job="cancelled", error_code="cancelled", error_detail="Reading was cancelled.")


@pytest.fixture
def page(alice, client_for, url):
    client = client_for(alice)
    return lambda **query: client.get(url(), query)


def titles(response):
    return {row.title for row in response.context["rows"]}


def states(response):
    return {label: count for label, count, _address, _is_current in response.context["states"]}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("", {"waiting", "reading", "indexing", "ready", "renewed", "stale", "failed", "ended"}),
        ("reading", {"waiting", "reading", "indexing", "renewed"}),
        ("ready", {"ready", "renewed", "stale"}),
        ("attention", {"stale", "failed", "ended"}),
        ("nonsense", {"waiting", "reading", "indexing", "ready", "renewed", "stale", "failed", "ended"}),
    ],
)
def test_the_list_is_narrowed_to_a_state(every_state, page, state, expected):
    response = page(state=state)
    assert titles(response) == expected
    assert response.context["total"] == len(expected)
    assert states(response) == {"All": 8, "Being read": 4, "Ready": 3, "Needs attention": 3}


def test_a_version_that_failed_before_a_good_one_needs_no_attention(add, page):
    document = add("mended", job="failed")
    IngestJob.objects.create(document=document, state="done", hinted_at=timezone.now())
    assert titles(page(state="attention")) == set()


def test_the_list_is_narrowed_by_kind_and_counts_follow(add, page):
    add("letter", kind="docx")
    add("scan", kind="pdf")
    add("broken scan", "failed", kind="pdf")
    response = page(kind="pdf", state="ready")
    assert titles(response) == {"scan"}
    assert states(response) == {"All": 2, "Being read": 0, "Ready": 1, "Needs attention": 1}
    assert response.context["kinds"] == [("PDF", "pdf", 1), ("Word", "docx", 1)]
    assert titles(page(kind="zip")) == {"letter", "scan", "broken scan"}


@pytest.mark.parametrize("words", ["lease", "LEASE", "workshop le", "lease-2026.pdf"])
def test_words_find_a_title_or_the_name_of_its_file(add, page, words):
    add("Workshop lease", source_name="lease-2026.pdf")
    add("Something else")
    assert titles(page(q=words)) == {"Workshop lease"}


@pytest.mark.parametrize("words", ["100%", "a_b", "\t", "x" * 500, "\u202e"])
def test_words_are_taken_as_they_stand(add, page, words):
    add("1000 sheets")
    add("aXb")
    response = page(q=words)
    assert response.status_code == 200
    assert titles(response) == ({"1000 sheets", "aXb"} if not words.strip("\t\u202e") else set())


def test_nothing_that_is_hidden_is_found_or_counted(add, bob, client_for, url):
    add("Hidden lease", access="restricted")
    add("Open lease")
    response = client_for(bob).get(url(), {"q": "lease"})
    assert (titles(response), states(response)["All"]) == ({"Open lease"}, 1)


def test_filters_hold_together_and_stay_in_every_address(add, shelf, page):
    add("lease", kind="pdf")
    response = page(collection=shelf.pk, kind="pdf", q="lease")
    addresses = {label: address for label, _count, address, _is_current in response.context["states"]}
    assert addresses["Ready"].endswith(f"/library/?collection={shelf.pk}&state=ready&kind=pdf&q=lease")
    assert response.context["query"] == f"collection={shelf.pk}&kind=pdf&q=lease"


def test_pages_follow_one_another_whatever_comes_meanwhile(add, page, client_for, alice):
    moment = timezone.now() - timedelta(hours=1)
    for number in range(7):
        document = add(f"{number}")
        Document.objects.filter(pk=document.pk).update(created_at=moment + timedelta(seconds=number // 2))
    first = page(limit=3)
    add("new")
    Document.objects.filter(title="6").delete()
    client = client_for(alice)
    second = client.get(first.context["older_url"] + "&limit=3")
    third = client.get(second.context["older_url"] + "&limit=3")
    seen = [row.title for response in (first, second, third) for row in response.context["rows"]]
    assert sorted(seen) == ["0", "1", "2", "3", "4", "5", "6"]
    assert (first.context["newer_url"], third.context["older_url"]) == ("", "")
    assert (first.context["is_first"], second.context["is_first"]) == (True, False)
    back = client.get(third.context["newer_url"] + "&limit=3")
    assert titles(back) == titles(second)


def test_a_page_beyond_the_end_says_so(add, page, client_for, alice):
    for number in range(3):
        add(f"{number}")
    first = page(limit=2)
    Document.objects.exclude(pk__in=[row.id for row in first.context["rows"]]).delete()
    response = client_for(alice).get(first.context["older_url"])
    assert "No more documents" in response.content.decode()


@pytest.mark.parametrize("query", [{"cursor": "noise"}, {"limit": "0"}])
def test_a_page_that_cannot_be_is_told_in_words(page, acme, query):
    assert page(**query).status_code == 400


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({}, "Nothing is gathered here yet"),
        ({"state": "reading"}, "Nothing is being read"),
        ({"state": "ready"}, "Nothing is ready yet"),
        ({"state": "attention"}, "Nothing needs attention"),
        ({"q": "lease"}, "Nothing is called “lease”"),
        ({"kind": "pdf"}, "Nothing of this kind is here"),
    ],
)
def test_an_empty_list_says_why(page, acme, query, words):
    assert words in page(**query).content.decode()


def test_a_page_without_a_script_asks_again_only_while_something_is_read(add, page):
    refresh = '<meta http-equiv="refresh"'
    add("ready")
    assert refresh not in page().content.decode()
    add("one", "processing", job="running")
    add("two", "processing", job="queued")
    assert page().content.decode().count(refresh) == 1


def test_the_queries_are_as_many_for_many_rows(add, page, shelf):
    def count():
        with CaptureQueriesContext(connection) as asked:
            assert page().status_code == 200
        return len(asked)

    add("first", job="done")
    page()
    few = count()
    for number in range(40):
        add(f"{number}", job=("done", "failed", "running")[number % 3])
    assert count() == few


# --- rows that changed


def test_many_rows_come_in_one_answer_with_the_numbers_above_them(every_state, alice, client_for, url):
    shown = list(Document.objects.filter(title__in=["ready", "failed"]).values_list("pk", flat=True))
    response = client_for(alice).get(url("rows"), {"ids": ",".join(map(str, [*shown, uuid.uuid4()])), "state": "ready"})
    html = response.content.decode()
    assert titles(response) == {"ready", "failed"}
    assert 'id="library-summary"' in html
    assert 'data-total="3"' in html
    assert '/delete/?state=ready"' in html


def test_rows_that_are_hidden_are_not_among_them(add, bob, client_for, url):
    hidden, shown = add("hidden", access="restricted"), add("shown")
    response = client_for(bob).get(url("rows"), {"ids": f"{hidden.pk},{shown.pk}"})
    assert titles(response) == {"shown"}


def test_where_none_of_them_is_seen_the_answer_is_404(add, bob, client_for, url):
    hidden = add("hidden", access="restricted")
    assert [client_for(bob).get(url("rows"), {"ids": one}).status_code for one in (hidden.pk, uuid.uuid4())] == [404, 404]


def test_without_ids_the_numbers_come_alone(add, alice, client_for, url):
    add("ready")
    response = client_for(alice).get(url("rows"))
    assert (response.context["rows"], response.context["total"]) == ([], 1)


@pytest.mark.parametrize("ids", ["nonsense", ",".join([str(uuid.uuid4())] * 201)])
def test_ids_that_cannot_be_are_400(alice, acme, client_for, url, ids):
    assert client_for(alice).get(url("rows"), {"ids": ids}).status_code == 400


# --- what a row says


@pytest.fixture
def row_of(alice_reader):
    return lambda document: make_row(alice_reader, get_document(alice_reader, document.pk))


def test_a_document_whose_next_version_is_read_stays_ready(add, row_of):
    document = add("renewed", job="running")
    document.jobs.update(step="parse", percent=20, pages_done=3, pages_total=14)
    row = row_of(document)
    assert (row.state, row.state_word, row.update_word) == ("ready", "Ready", "New version: reading page 3 of 14")
    assert (row.is_busy, row.can_retry, row.update_problem) == (True, False, "")


@pytest.mark.parametrize(("job", "words"), [("failed", "No text."), ("cancelled", "Its reading was cancelled.")])
def test_a_next_version_that_was_not_taken_is_told_and_can_be_tried_again(add, row_of, job, words):
    row = row_of(add("stale", job=job))
    assert (row.state, row.update_problem, row.is_busy, row.can_retry) == ("ready", words, False, True)


def test_a_cancelled_document_is_called_so(add, row_of):
    row = row_of(add("ended", "failed", job="cancelled", error_code="cancelled", error_detail="Reading was cancelled."))
    assert (row.state, row.state_word, row.error_detail, row.can_retry) == ("cancelled", "Cancelled", "Reading was cancelled.", True)


def test_a_note_is_no_failure(add, row_of):
    row = row_of(add("scan", note="3 pages need OCR."))
    assert (row.note, row.error_detail) == ("3 pages need OCR.", "")


@pytest.mark.parametrize(
    ("kind", "pages", "words"),
    [("pdf", 1, "page"), ("pdf", 2, "pages"), ("pptx", 2, "slides"), ("xlsx", 1, "sheet"), ("epub", 3, "chapters"), ("unknown", 2, "pages")],
)
def test_parts_are_called_what_they_are(add, row_of, kind, pages, words):
    assert row_of(add("x", kind=kind, page_count=pages)).pages_word == words


def loops_of(plan, table):
    """How often each look into a table was made, anywhere in a plan."""
    own = [plan["Actual Loops"]] if plan.get("Relation Name") == table else []
    return own + [loops for part in plan.get("Plans", []) for loops in loops_of(part, table)]


def test_what_a_row_shows_beside_is_looked_up_for_the_rows_of_the_page_alone(add, page):
    for number in range(40):
        add(f"Plan {number}")
    with CaptureQueriesContext(connection) as asked:
        assert len(page(limit=5).context["rows"]) == 5
    (sql,) = [one["sql"] for one in asked if '"named_count"' in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        (plan,) = cursor.fetchone()[0]
    # One more than is shown tells whether there are others; the rest asks once who is named anywhere.
    assert max(loops_of(plan["Plan"], "documents_documentgrant")) <= 6
