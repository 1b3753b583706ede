"""A person sees what is left of the budgets that count for them, and nobody else's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from apps.accounts.models import Group
from apps.accounts.services.keys import make_key
from apps.gateway.ledger.standing import Amount, what_is_left
from apps.gateway.models import Budget
from tests.gateway.ledger.conftest import NOW, hold, info, spend


@pytest.fixture
def budgets(transactional_db, acme, other, alice, bob):
    sales, secret = (Group.objects.create(workspace=acme, name=name) for name in ("Sales", "Secret"))
    return {
        "group": Budget.objects.create(group=sales, period="day", tokens=100),
        "own": Budget.objects.create(user=alice, money=Decimal(5), tokens=1000),
        "workspace": Budget.objects.create(workspace=acme, money=Decimal(50)),
        "bob's": Budget.objects.create(user=bob, money=Decimal(5)),
        "other": Budget.objects.create(workspace=other, money=Decimal(5)),
        "secret": Budget.objects.create(group=secret, tokens=5),
        "off": Budget.objects.create(user=alice, tokens=5, is_enabled=False),
    }


@pytest.fixture
def reader(budgets, alice_reader):
    return replace(alice_reader, groups=frozenset({budgets["group"].group_id}))


def test_each_budget_that_counts_for_the_reader_is_told_once_with_what_is_left(budgets, reader):
    counted = [info(budgets[name]) for name in ("group", "own", "workspace")]
    spend(hold(*counted, money="1", tokens=60), money="0.5", tokens=40)
    hold(*counted, money="2", tokens=30)
    hold(info(budgets["group"]), tokens=99, now=NOW + timedelta(days=1))
    group, own, workspace = what_is_left(reader, NOW)
    assert [one.label for one in (group, own, workspace)] == ["Group Sales", "Yours", "Workspace"]
    assert (group.period, group.money, group.tokens) == ("day", None, Amount(100, 40, 30))
    assert (own.money, own.tokens) == (Amount(Decimal(5), Decimal("0.5"), Decimal(2)), Amount(1000, 40, 30))
    assert (own.money.left, own.tokens.left) == (Decimal("2.5"), 930)
    assert (workspace.money.left, workspace.tokens) == (Decimal("47.5"), None)
    assert [one.renews_at for one in (group, own)] == [datetime(2026, 12, 1, tzinfo=UTC)] * 2


def test_a_key_has_its_own(budgets, reader, alice_reader, bob_reader):
    key, _ = make_key(alice_reader, name="probe", scopes=["document.view"])
    Budget.objects.create(api_key=key, tokens=7)
    assert [one.label for one in what_is_left(replace(reader, api_key_id=key.pk), NOW)] == ["Group Sales", "Yours", "Workspace", "This key"]
    assert "This key" not in [one.label for one in what_is_left(reader, NOW)]
    assert [one.label for one in what_is_left(bob_reader, NOW)] == ["Workspace", "Yours"]


def test_before_the_first_call_all_is_left(budgets, bob_reader):
    assert [one.money.left for one in what_is_left(bob_reader, NOW)] == [50, 5]


def test_what_is_left_is_never_less_than_nothing():
    assert Amount(Decimal(5), Decimal(6), Decimal(0)).left == 0
    assert Amount(5, 4, 3).left == 0


def test_it_takes_one_query(budgets, reader, django_assert_num_queries):
    with django_assert_num_queries(1):
        what_is_left(reader, NOW)
