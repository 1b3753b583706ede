"""One look a process at the rights of everybody who is connected."""

import asyncio
import logging
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts import watch
from apps.accounts.models import User, Workspace
from apps.accounts.watch import RightsWatch, Watched, rights_watch
from apps.common.db import run_db
from tests.chat.stage import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def watched(alice, acme, client_for):
    """Alice's open connection; `told` counts how often it was told of a change."""
    told = []
    one = Watched(client_for(alice).cookies["sessionid"].value, alice.pk, fresh(alice).epoch, lambda: told.append(1), {acme.pk: fresh(acme).epoch})
    return one, told


def fresh(row):
    return type(row).objects.get(pk=row.pk)


@pytest.fixture
def looking(monkeypatch):
    """A watch whose queries are done in the loop's own thread, so that they can be counted."""

    async def here(work, *arguments):
        return await asyncio.get_running_loop().run_in_executor(None, counted, work, arguments)

    counts = []

    def counted(work, arguments):
        with CaptureQueriesContext(connection) as queries:
            answer = work(*arguments)
        counts.append(len(queries))
        connection.close()
        return answer

    monkeypatch.setattr(watch, "run_db", here)
    return RightsWatch(60), counts


async def test_while_nothing_changes_nobody_is_told(looking, watched):
    (one, told), (watch, _) = watched, looking
    watch.add(one)
    await watch.look()
    assert told == []
    watch.discard(one)


CHANGES = {
    "role": lambda alice, acme: acme.memberships.filter(user=alice).update(role="viewer"),
    "left": lambda alice, acme: acme.memberships.filter(user=alice).delete(),
    "switched off": lambda alice, acme: User.objects.filter(pk=alice.pk).update(is_active=False),
    "deleted": lambda alice, acme: User.objects.filter(pk=alice.pk).delete(),
    "password": lambda alice, acme: User.objects.filter(pk=alice.pk).update(password="x"),
    "signed out": lambda alice, acme: Session.objects.all().delete(),
    "session expired": lambda alice, acme: Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1)),
    "grants": lambda alice, acme: Workspace.objects.filter(pk=acme.pk).update(epoch=1000),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_each_change_is_told_until_it_is_taken_in(change, looking, watched, alice, acme):
    (one, told), (watch, _) = watched, looking
    watch.add(one)
    await run_db(change, alice, acme)
    await watch.look()
    await watch.look()
    assert len(told) == 2
    watch.discard(one)
    await watch.look()
    assert len(told) == 2


async def test_the_new_counts_are_the_ones_to_move_from(looking, watched, alice, acme):
    (one, told), (watch, _) = watched, looking
    watch.add(one)
    await run_db(CHANGES["role"], alice, acme)
    await watch.look()
    one.user_epoch = (await run_db(fresh, alice)).epoch
    await watch.look()
    assert len(told) == 1
    watch.discard(one)


@pytest.mark.parametrize("count", [3, 30])
async def test_a_look_costs_three_queries_however_many_are_watched(count, looking, make_user, client_for, acme):
    watch, counts = looking

    def connect(number):
        user = make_user(f"person{number}")
        return Watched(client_for(user).cookies["sessionid"].value, user.pk, fresh(user).epoch, lambda: None, {acme.pk: fresh(acme).epoch})

    for number in range(count):
        watch.add(await run_db(connect, number))
    await watch.look()
    assert counts == [3]


async def test_it_looks_by_itself_while_somebody_is_watched(watched, alice, acme, monkeypatch):
    monkeypatch.setattr(watch, "INTERVAL_SECONDS", 0.01)
    one, told = watched
    assert not rights_watch().is_looking
    rights_watch().add(one)
    assert rights_watch().is_looking
    await run_db(CHANGES["role"], alice, acme)
    await eventually(lambda: told)
    rights_watch().discard(one)
    assert not rights_watch().is_looking


async def test_a_database_that_is_away_costs_one_line_and_is_asked_again(watched, alice, acme, monkeypatch, caplog):
    answers, get = [OperationalError(), OperationalError()], watch.get_standing

    def away(*arguments):
        if answers:
            raise answers.pop()
        return get(*arguments)

    monkeypatch.setattr(watch, "get_standing", away)
    one, told = watched
    looking = RightsWatch(0.01)
    looking.add(one)
    await run_db(CHANGES["role"], alice, acme)
    with caplog.at_level(logging.ERROR):
        await eventually(lambda: told)
    assert caplog.messages.count("rights_watch.blind") == 1
    looking.discard(one)
