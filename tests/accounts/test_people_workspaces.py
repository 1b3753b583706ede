"""Workspaces: made by operators, named by their owners and by operators."""

from threading import Event, Thread, Timer

import pytest
from django.db import connection, transaction

from apps.accounts.models import AuditEntry, Membership, User, Workspace
from apps.accounts.selectors.operators import get_operator
from apps.accounts.selectors.readers import get_reader
from apps.accounts.services.workspaces import add_workspace, change_workspace
from apps.common.errors import Conflict, Invalid, NotAllowed, NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(root):
    return get_operator(root)


def test_an_operator_makes_a_workspace_with_an_owner(operator, bob):
    workspace = add_workspace(operator, name=" New house ", owner_id=bob.pk)
    assert (workspace.name, Membership.objects.get(workspace=workspace).role) == ("New house", "owner")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.workspace_id, entry.detail) == ("workspace.made", workspace.pk, {"owner_id": str(bob.pk)})


def test_who_cannot_sign_in_owns_no_new_workspace(operator, bob):
    User.objects.filter(pk=bob.pk).update(is_active=False)
    with pytest.raises(NotFound):
        add_workspace(operator, name="New house", owner_id=bob.pk)
    assert not Workspace.objects.exists()


def test_only_operators_who_look_after_people_make_workspaces(alice_reader, alice, make_user):
    for actor in (alice_reader, get_operator(make_user("olga", operator_role="operations"))):
        with pytest.raises(NotAllowed):
            add_workspace(actor, name="New house", owner_id=alice.pk)


def test_owners_and_operators_change_what_a_workspace_is_called(alice_reader, bob_reader, charlie_reader, operator, acme, make_user):
    adam = make_user("adam")
    Membership.objects.create(user=adam, workspace=acme, role="admin")
    for actor, error in ((bob_reader, NotAllowed), (get_reader(adam, acme.slug), NotAllowed), (charlie_reader, NotFound)):
        with pytest.raises(error):
            change_workspace(actor, workspace_id=acme.pk, name="Taken over", slug="taken")
    assert change_workspace(alice_reader, workspace_id=acme.pk, name="Acme Ltd", slug="acme").name == "Acme Ltd"
    assert change_workspace(operator, workspace_id=acme.pk, name="Acme Ltd", slug="acme-ltd").slug == "acme-ltd"
    assert list(AuditEntry.objects.order_by("pk").values_list("detail", flat=True)) == [{"fields": ["name"]}, {"fields": ["slug"]}]


def test_an_address_is_given_once_and_well_formed(alice_reader, acme, other):
    with pytest.raises(Conflict, match="address"):
        change_workspace(alice_reader, workspace_id=acme.pk, name="Acme", slug=other.slug)
    with pytest.raises(Invalid):
        change_workspace(alice_reader, workspace_id=acme.pk, name="Acme", slug="no spaces")


@pytest.mark.django_db(transaction=True)
def test_an_address_that_is_taken_at_this_moment_is_a_conflict(alice_reader, acme):
    is_taken, may_end = Event(), Event()

    def take():
        with transaction.atomic():
            Workspace.objects.create(name="Fast", slug="fast")
            is_taken.set()
            # Until the other one waits for this very row.
            may_end.wait(10)
        connection.close()

    thread = Thread(target=take)
    thread.start()
    is_taken.wait(10)
    Timer(0.3, may_end.set).start()
    with pytest.raises(Conflict, match="address"):
        change_workspace(alice_reader, workspace_id=acme.pk, name="Acme", slug="fast")
    thread.join(10)
    assert not AuditEntry.objects.exists()
