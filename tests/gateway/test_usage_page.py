"""What a person sees of their own use of models, and of what is left of the budgets that count for them."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import Group
from apps.gateway.ledger.windows import start_of
from apps.gateway.models import Budget, BudgetWindow, UsageRecord

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client_for, acme):
    return lambda user: client_for(user).get(f"/w/{acme.slug}/settings/usage/")


@pytest.fixture
def use(acme):
    def make(user, workspace=acme, **fields):
        values = {"call_id": uuid4(), "attempt": 1, "model": "house", "provider": "p", "purpose": "chat", "input_tokens": 1_500, "output_tokens": 250}
        return UsageRecord.objects.create(user_id=user.pk, workspace_id=workspace.pk, **{**values, "money": Decimal("0.0125"), **fields})

    return make


def test_nothing_yet_is_said_in_words(page, bob):
    answer = page(bob)
    assert answer.status_code == 200
    assert b"Nobody set a budget that counts for you" in answer.content
    assert b"Nothing yet" in answer.content


def test_it_adds_up_ones_own_calls_of_this_month_by_model(page, bob, use):
    use(bob)
    use(bob)
    use(bob, model="free", money=Decimal(0))
    use(bob, model="unknown", money=None)
    words = " ".join(page(bob).content.decode().split())
    assert '<th scope="row">house</th> <td class="usage__number">2</td> <td class="usage__number">3,000</td>' in words
    assert ">0.025<" in words
    assert "no price" in words


def test_it_shows_nothing_of_others_other_workspaces_or_last_month(page, alice, bob, other, use):
    use(alice, model="alices")
    use(bob, workspace=other, model="elsewhere")
    old = use(bob, model="bygone")
    UsageRecord.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=40))
    content = page(bob).content
    assert b"Nothing yet" in content


def test_it_shows_what_is_left_of_each_budget_that_counts(page, bob, acme):
    mine = Budget.objects.create(user=bob, money=10, period="month")
    BudgetWindow.objects.create(budget=mine, starts_on=start_of("month", timezone.now()), spent_money=2, reserved_money=1)
    Budget.objects.create(workspace=acme, tokens=1_000_000, period="day")
    words = " ".join(page(bob).content.decode().split())
    assert "Yours, a month" in words
    assert "<b>7.00 USD</b> of 10.00 left" in words
    assert 'value="70"' in words
    assert "Workspace, a day" in words
    assert "<b>1,000,000 tokens</b> of 1,000,000 left" in words


def test_budgets_of_others_are_not_shown(page, alice, bob, charlie, acme):
    Budget.objects.create(user=alice, money=10)
    Budget.objects.create(group=Group.objects.create(workspace=acme, name="Sales"), money=10)
    assert b"Nobody set a budget that counts for you" in page(bob).content


def test_strangers_see_no_page(page, charlie):
    assert page(charlie).status_code == 404


def test_it_takes_as_many_queries_however_much_was_used(page, bob, use, django_assert_num_queries):
    use(bob)
    Budget.objects.create(user=bob, money=10)
    with CaptureQueriesContext(connection) as few:
        page(bob)
    for number in range(20):
        use(bob, model=f"m{number}")
        Budget.objects.create(user=bob, money=10)
    with django_assert_num_queries(len(few)):
        page(bob)


def test_what_is_left_is_rounded_down_and_large_amounts_are_grouped(page, bob):
    mine = Budget.objects.create(user=bob, money=12_000, period="month")
    BudgetWindow.objects.create(budget=mine, starts_on=start_of("month", timezone.now()), spent_money=Decimal("0.001"))
    assert b"<b>11,999.99 USD</b> of 12,000.00 left" in page(bob).content
