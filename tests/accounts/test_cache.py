"""What was read as a reader is given to nobody with other rights."""

from dataclasses import replace
from uuid import uuid4

import pytest
from django.core.cache import cache

from apps.accounts.cache import cached_for, move_stamp, stamp_of
from apps.accounts.models import Membership
from apps.accounts.selectors.readers import renew
from apps.common.cache import ForgivingRedisCache

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()
    yield
    cache.clear()


class Counting:
    """Makes another answer each time."""

    def __init__(self):
        self.count = 0

    def __call__(self):
        self.count += 1
        return {"count": self.count, "pair": (1, 2)}


def test_the_same_reader_is_given_what_was_kept(bob_reader):
    make = Counting()
    assert cached_for(bob_reader, "question", make, seconds=5) == {"count": 1, "pair": [1, 2]}
    assert cached_for(bob_reader, "question", make, seconds=5) == {"count": 1, "pair": [1, 2]}


def test_it_is_kept_only_so_long(bob_reader, time_machine):
    make = Counting()
    time_machine.move_to("2026-01-01T00:00:00Z", tick=False)
    cached_for(bob_reader, "question", make, seconds=5)
    time_machine.shift(6)
    assert cached_for(bob_reader, "question", make, seconds=5)["count"] == 2


OTHERS = {
    "another name": {},
    "permissions": {"permissions": frozenset({"document.view"})},
    "groups": {"groups": frozenset({uuid4()})},
    "scopes": {"scopes": frozenset({"document.view"})},
    "no scopes": {"scopes": frozenset()},
    "epoch": {"epoch": -1},
}


@pytest.mark.parametrize("other", OTHERS)
def test_another_reader_never_is(other, bob_reader):
    make = Counting()
    cached_for(bob_reader, "question", make, seconds=5)
    assert cached_for(replace(bob_reader, **OTHERS[other]), "question" if OTHERS[other] else "other", make, seconds=5)["count"] == 2


def test_neither_is_another_person_nor_another_workspace(bob_reader, alice_reader, charlie_reader):
    make = Counting()
    readers = (bob_reader, replace(bob_reader, user=alice_reader.user), replace(bob_reader, workspace=charlie_reader.workspace))
    assert [cached_for(reader, "question", make, seconds=5)["count"] for reader in readers] == [1, 2, 3]


def test_a_change_of_rights_leaves_it_behind_at_once(bob, bob_reader):
    make = Counting()
    cached_for(bob_reader, "question", make, seconds=5)
    Membership.objects.filter(user=bob).update(role="viewer")
    assert cached_for(renew(bob_reader), "question", make, seconds=5)["count"] == 2


def test_a_moved_stamp_leaves_it_behind(bob_reader):
    make = Counting()

    def ask():
        return cached_for(bob_reader, f"question.{stamp_of('shelf')}", make, seconds=5)["count"]

    assert [ask(), ask()] == [1, 1]
    move_stamp("shelf")
    assert [ask(), ask()] == [2, 2]
    move_stamp("another-shelf")
    assert ask() == 2


def test_nothing_but_jsons_kinds_is_kept(bob_reader):
    with pytest.raises(TypeError):
        cached_for(bob_reader, "question", object, seconds=5)


@pytest.mark.parametrize("seconds", [0, -1, 3601])
def test_nothing_is_kept_for_ever(bob_reader, seconds):
    with pytest.raises(ValueError, match="seconds"):
        cached_for(bob_reader, "question", Counting(), seconds=seconds)


def test_without_redis_it_is_made_anew_each_time(bob_reader, monkeypatch):
    away = ForgivingRedisCache("redis://127.0.0.1:1/0", {"OPTIONS": {"socket_connect_timeout": 0.2}})
    monkeypatch.setattr("apps.accounts.cache.cache", away)
    make = Counting()
    assert [cached_for(bob_reader, "question", make, seconds=5)["count"] for _ in range(2)] == [1, 2]
    move_stamp("shelf")
    assert stamp_of("shelf") == ""
