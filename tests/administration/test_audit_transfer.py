"""An export that is under way ends with the operator's right to the trail, however slowly it is read."""

import asyncio

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError

from apps.accounts.models import AuditEntry, OperatorRole, User
from apps.accounts.selectors import audit
from apps.administration.admin import audit as pages
from apps.common.db import run_db
from config.transfers import CUT
from tests.documents.test_transfer_of_an_original import Download

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "a" * 32


class Export(Download):
    """A reader of the trail over the real application, who takes one chunk and then waits."""

    def __init__(self, cookie):
        super().__init__("/admin/accounts/auditentry/export/", cookie)
        cookies = f"sessionid={cookie}; csrftoken={SECRET}".encode()
        self.scope |= {"method": "POST", "headers": [(b"host", b"localhost"), (b"cookie", cookies), (b"x-csrftoken", SECRET.encode())]}


@pytest.fixture(autouse=True)
def _often(monkeypatch):
    monkeypatch.setattr(pages, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(audit, "CHUNK", 2)


@pytest.fixture
def operator(make_user):
    return make_user("op", operator_role=OperatorRole.OPERATIONS)


@pytest.fixture
def export(operator, client_for):
    cookie = client_for(operator).cookies["sessionid"].value
    for _ in range(7):
        AuditEntry.objects.create(action="role.changed")
    return Export(cookie)


CHANGES = {
    "another role": lambda operator: User.objects.filter(pk=operator.pk).update(operator_role=OperatorRole.DEVELOPER),
    "no operator": lambda operator: User.objects.filter(pk=operator.pk).update(operator_role=""),
    "switched off": lambda operator: User.objects.filter(pk=operator.pk).update(is_active=False),
    "password": lambda operator: User.objects.filter(pk=operator.pk).update(password="x"),
    "signed out": lambda operator: Session.objects.all().delete(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_it_is_cut_off_while_its_reader_takes_nothing(change, export, operator):
    async with export:
        await run_db(change, operator)
        await asyncio.wait_for(export.task, 5)
    assert export.said[-1] == CUT


async def test_who_may_goes_on_to_the_end(export, operator):
    async with export:
        await run_db(lambda: User.objects.filter(pk=operator.pk).update(operator_role=OperatorRole.ADMINISTRATOR))
        await asyncio.sleep(0.2)
        export.goes_on.set()
        await asyncio.wait_for(export.task, 5)
    assert CUT not in export.said
    assert export.said.count("http.response.body") > 4


async def test_what_cannot_be_looked_after_is_not_handed_over(export, monkeypatch):
    async def away(*arguments):
        raise OperationalError

    async with export:
        monkeypatch.setattr(pages, "run_db", away)
        await asyncio.wait_for(export.task, 5)
    assert export.said[-1] == CUT
