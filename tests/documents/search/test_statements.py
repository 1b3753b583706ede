"""No statement of the search holds the database for longer than a search is worth."""

import pytest
from django.db import OperationalError, connection, transaction

from apps.common.errors import TimedOut
from apps.documents.search import candidates, reading, scope, statements
from apps.documents.search.statements import fetch

SLOW = "SELECT pg_sleep(60)"


@pytest.fixture
def no_time(monkeypatch):
    monkeypatch.setattr(statements, "SECONDS", 0.01)


@pytest.mark.django_db
@pytest.mark.parametrize(("query", "count"), [(SLOW, 1), (f"SELECT 1; {SLOW}", 2)])
def test_a_statement_that_takes_too_long_is_an_error_that_says_so(no_time, query, count):
    with pytest.raises(TimedOut, match="search took too long") as raised, transaction.atomic():
        fetch(query, [], statements=count)
    assert (raised.value.status, raised.value.is_retryable) == (504, True)


@pytest.mark.django_db
def test_any_other_failure_is_what_it_was():
    with pytest.raises(OperationalError) as raised, transaction.atomic():
        fetch("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'disk_full'; END $$", [])
    assert not isinstance(raised.value, TimedOut)


@pytest.mark.django_db(transaction=True)
def test_the_time_holds_for_its_message_and_nothing_after_it():
    assert fetch("SELECT current_setting('statement_timeout')", []) == [("10s",)]
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("query", ["waxed thread", '"waxed thread" -glue', "-glue"])
def test_a_search_that_takes_too_long_tells_the_asker_so(client_for, alice, alice_reader, make_document, monkeypatch, query):
    make_document(alice_reader, "Waxed thread.", "sewing.txt")
    for module in (candidates, reading, scope):
        monkeypatch.setattr(module, "fetch", lambda sql, values, **_: fetch(SLOW, []))
    monkeypatch.setattr(statements, "SECONDS", 0.01)
    answer = client_for(alice).post("/api/v1/search", {"query": query}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (504, "timed_out")
    page = client_for(alice).get("/w/acme/search/", {"q": query})
    assert page.status_code == 504
    assert b"took too long" in page.content
