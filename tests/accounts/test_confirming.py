"""Many who are asked about at once are answered by one look, and each by what is so after they asked."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from apps.accounts import confirming
from apps.accounts.confirming import Confirmer
from apps.accounts.models import Membership
from apps.accounts.selectors.standing import find_unmoved
from apps.common.db import run_db

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def by_key():
    """The reader as a program comes, with a key."""
    return lambda reader, **fields: replace(reader, api_key_id=uuid4(), **fields)


@pytest.fixture
def looks(monkeypatch):
    """What each look asked about."""
    looks = []

    def look(readers, sessions):
        looks.append((len(readers), sessions))
        return find_unmoved(readers, sessions)

    monkeypatch.setattr(confirming, "find_unmoved", look)
    return looks


async def test_who_is_unmoved_is_told_so_and_who_moved_is_not(alice_reader, bob_reader, by_key, looks):
    alice_reader, bob_reader = by_key(alice_reader), by_key(bob_reader)
    await run_db(lambda: Membership.objects.filter(pk=bob_reader.membership_id).update(role="viewer"))
    one = Confirmer()
    assert await asyncio.gather(one.is_unmoved(alice_reader), one.is_unmoved(bob_reader), one.is_unmoved(alice_reader)) == [True, False, True]
    assert looks == [(3, set())]


async def test_who_asks_during_a_look_is_answered_by_the_next(alice_reader, by_key, looks):
    one, alice_reader = Confirmer(), by_key(alice_reader)
    first = asyncio.create_task(one.is_unmoved(alice_reader))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await run_db(lambda: Membership.objects.filter(pk=alice_reader.membership_id).update(role="viewer"))
    assert await one.is_unmoved(alice_reader) is False
    await first
    assert len(looks) == 2


async def test_a_session_that_ended_moves_its_reader(alice_reader, client_for, alice):
    session = await run_db(lambda: client_for(alice).session.session_key)
    one = Confirmer()
    assert await one.is_unmoved(alice_reader, session)
    assert not await one.is_unmoved(alice_reader, "absent")


async def test_so_does_a_key_that_ran_out(alice_reader, by_key):
    asked = (by_key(alice_reader), by_key(alice_reader, expires_at=timezone.now() - timedelta(seconds=1)))
    assert await asyncio.gather(*map(Confirmer().is_unmoved, asked)) == [True, False]


async def test_who_came_by_neither_session_nor_key_is_confirmed_in_full(alice_reader):
    assert not await Confirmer().is_unmoved(alice_reader)


async def test_a_database_that_fails_is_told_to_all_who_asked(alice_reader, monkeypatch):
    def fail(readers, sessions):
        raise RuntimeError("away")

    monkeypatch.setattr(confirming, "find_unmoved", fail)
    one = Confirmer()
    answers = await asyncio.gather(one.is_unmoved(alice_reader), one.is_unmoved(alice_reader), return_exceptions=True)
    assert list(map(str, answers)) == ["away", "away"]
