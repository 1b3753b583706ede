"""From a person and a workspace to what they may do there."""

import itertools

import pytest
from django.contrib.auth.models import AnonymousUser

from apps.accounts.models import Membership, RoleName
from apps.accounts.permissions import NAMES, ROLES
from apps.accounts.selectors.readers import get_only_reader, get_reader, get_reader_by_id
from apps.accounts.services.people import create_workspace
from apps.common.errors import Malformed, NotAllowed, NotFound, NotSignedIn

pytestmark = pytest.mark.django_db


def test_a_member_becomes_a_reader_with_their_role(bob, acme):
    reader = get_reader(bob, "acme")
    assert (reader.user, reader.workspace, reader.role) == (bob, acme, RoleName.MEMBER)
    assert reader.can("chat.ask")
    assert not reader.can("people.manage")


def test_what_is_not_yours_names_the_right_that_is_missing(bob_reader):
    with pytest.raises(NotAllowed) as refusal:
        bob_reader.require("people.manage")
    assert refusal.value.extra == {"right": "people.manage"}


@pytest.mark.parametrize("slug", ["acme", "no-such-workspace"])
def test_a_foreign_and_an_absent_workspace_look_the_same(charlie, acme, slug):
    with pytest.raises(NotFound) as refusal:
        get_reader(charlie, slug)
    assert refusal.value.detail == NotFound().detail


def test_nobody_is_asked_to_sign_in():
    with pytest.raises(NotSignedIn):
        get_reader(AnonymousUser(), "acme")
    with pytest.raises(NotSignedIn):
        get_only_reader(AnonymousUser())


def test_a_person_who_is_switched_off_reads_nothing(alice, acme):
    alice.is_active = False
    alice.save()
    with pytest.raises(NotFound):
        get_reader_by_id(alice.pk, acme.pk)


def test_work_without_a_request_reads_the_rights_anew(bob, acme):
    assert get_reader_by_id(bob.pk, acme.pk).role == RoleName.MEMBER
    Membership.objects.filter(user=bob).update(role=RoleName.EDITOR)
    assert get_reader_by_id(str(bob.pk), str(acme.pk)).role == RoleName.EDITOR


def test_the_only_workspace_need_not_be_named(bob, acme):
    assert get_only_reader(bob).workspace == acme


def test_one_of_several_workspaces_has_to_be_named(bob, acme):
    second = create_workspace(name="Acme", owner=bob)
    assert second.slug == "acme-2"
    with pytest.raises(Malformed):
        get_only_reader(bob)
    assert get_only_reader(bob, "acme-2").role == RoleName.OWNER


def test_a_person_without_a_workspace_finds_none(bob):
    with pytest.raises(NotFound):
        get_only_reader(bob)


def test_each_role_may_do_at_least_what_the_one_below_it_may():
    ladder = [ROLES[role] for role in (RoleName.VIEWER, RoleName.MEMBER, RoleName.EDITOR, RoleName.ADMIN, RoleName.OWNER)]
    assert all(lower < higher for lower, higher in itertools.pairwise(ladder))
    assert ladder[-1] == NAMES


def test_people_and_workspaces_have_names(alice, acme):
    membership = Membership.objects.get(user=alice)
    assert (str(alice), alice.get_full_name(), alice.get_short_name()) == ("Alice", "Alice", "Alice")
    assert (str(acme), str(membership)) == ("Acme", "Alice, Owner of Acme")
