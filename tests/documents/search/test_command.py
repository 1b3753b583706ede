"""`manage.py search`."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from apps.gateway.errors import ProviderUnavailable

# The search runs its queries in connections of its own.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _shelf(alice_reader, make_document):
    make_document(alice_reader, "Sew the quires on linen cords with waxed thread.", "sewing.txt")
    make_document(alice_reader, "The waxed thread that nobody knows of.", "secret.txt", access="restricted")


def run(query, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command("search", query, stdout=out, stderr=err, **{"email": "alice@example.org", **options})
    return out.getvalue() + err.getvalue()


def test_it_finds_as_the_person_and_shows_where(alice):
    told = run("waxed thread for sewing")
    assert "sewing" in told
    assert "secret" in told
    assert told.startswith("1. ")
    assert "secret" not in run("waxed thread", email="bob@example.org")


def test_it_says_why():
    told = run("waxed thread sewing", explain=True, limit=1)
    assert "words rank 1, 100 % of the best (waxed, thread" in told
    assert "2. " not in told


def test_it_prints_what_the_api_answers():
    body = json.loads(run("waxed", json=True))
    assert {one["document"]["title"] for one in body["results"]} == {"sewing", "secret"}


def test_nothing_found_is_said():
    assert "Nothing that this person sees matches." in run('"never said"')


def test_words_alone_are_said_and_a_stage_that_found_nothing(monkeypatch):
    async def down(principal, texts):
        raise ProviderUnavailable

    monkeypatch.setattr("apps.documents.search.hybrid.embed", down)
    told = run("waxed", explain=True)
    assert "by words alone" in told
    assert "meaning not among the first" in told


@pytest.mark.parametrize("options", [{"limit": 0}, {"limit": 101}, {"email": "nobody@example.org"}, {"workspace": "nowhere"}])
def test_what_cannot_be_is_said_in_words(options):
    with pytest.raises(CommandError):
        run("waxed", **options)
