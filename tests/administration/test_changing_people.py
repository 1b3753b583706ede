"""People, workspaces and memberships in the administration: changed by the rules, a refusal said in the form and nothing kept."""

import pytest

from apps.accounts.models import AuditEntry, Membership, Role, User, Workspace
from apps.accounts.services.people import create_workspace
from tests.administration.forms import fields_of, fill_in
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_for, root):
    return client_for(root)


@pytest.fixture
def bobs(bob, acme):
    return Membership.objects.get(user=bob)


def page_of(row, kind=None):
    return f"/admin/accounts/{kind or row._meta.model_name}/{row.pk}/change/"


def refusal(response):
    """The words in the form; a refused change is no server error and no redirect."""
    assert response.status_code == 200
    page = response.content.decode()
    assert "errornote" in page
    return " ".join(page.split())


def actions(**where):
    """What the audit trail says, but for the signing in of the test."""
    return set(AuditEntry.objects.filter(**where).exclude(action__startswith="session.").values_list("action", flat=True))


# --- accounts


def test_a_person_is_added_by_e_mail(client):
    added = fill_in(
        client, "/admin/accounts/user/add/", email="Dana@example.org", name="Dana", password1="a long enough phrase", password2="a long enough phrase"
    )
    dana = User.objects.get(email="dana@example.org")
    assert added.headers["Location"] == page_of(dana)
    assert dana.check_password("a long enough phrase")
    assert not dana.operator_role
    assert "user.added" in actions(object_id=str(dana.pk))


def test_an_e_mail_that_is_taken_in_other_letters_is_said_in_the_form(client, bob):
    fields = {"email": "BOB@example.org", "name": "x", "password1": "a long enough phrase", "password2": "a long enough phrase"}
    assert "already" in refusal(fill_in(client, "/admin/accounts/user/add/", **fields))


def test_a_person_is_changed_switched_off_and_given_an_operator_role(client, bob):
    before = bob.epoch
    fill_in(client, page_of(bob), name="Robert", operator_role="developer")
    bob.refresh_from_db()
    assert (bob.name, bob.operator_role) == ("Robert", "developer")
    fill_in(client, page_of(bob), is_active=None)
    bob.refresh_from_db()
    assert not bob.is_active
    assert bob.epoch == before + 2
    assert {"user.changed", "user.operator_role_changed", "user.disabled"} <= actions(object_id=str(bob.pk))
    fill_in(client, page_of(bob), is_active="on")
    assert User.objects.get(pk=bob.pk).is_active


@pytest.mark.parametrize("change", [{"is_active": None}, {"operator_role": "developer"}, {"operator_role": ""}])
def test_the_last_administrator_stays_and_nothing_is_half_saved(client, root, change):
    words = refusal(fill_in(client, page_of(root), name="Changed", **change))
    assert "Root is the last administrator of this installation" in words or "Changed is the last administrator" in words
    root.refresh_from_db()
    assert (root.name, root.is_active, root.operator_role) == ("Root", True, "administrator")
    assert not actions()


def test_nobody_reads_or_writes_a_hash(client, bob, operator_client):
    for browser in (client, operator_client("operations")):
        page = browser.get(page_of(bob)).content.decode()
        assert bob.password not in page
        assert "algorithm" not in page
        assert "salt" not in page
    fill_in(client, page_of(bob), password="argon2$planted")
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)


def test_a_new_password_is_set_but_none_is_taken_away(client, bob):
    address = f"/admin/accounts/user/{bob.pk}/password/"
    assert 'name="usable_password"' not in client.get(address).content.decode()
    client.post(address, {"password1": "", "password2": "", "usable_password": "false", "unset-password": "1"})
    assert User.objects.get(pk=bob.pk).check_password(PASSWORD)
    assert client.post(address, {"password1": "quite another phrase", "password2": "quite another phrase"}).status_code == 302
    assert User.objects.get(pk=bob.pk).check_password("quite another phrase")
    assert "password.changed" in actions(object_id=str(bob.pk))


def test_operations_looks_at_people_and_changes_none(operator_client, bob, bobs):
    client = operator_client("operations")
    for address in (page_of(bob), page_of(bobs), page_of(bobs.workspace)):
        page = client.get(address)
        assert page.status_code == 200
        assert "_save" not in page.content.decode()
        assert client.post(address, {"name": "x"}).status_code == 403
    assert client.get(f"/admin/accounts/user/{bob.pk}/password/").status_code == 403
    assert client.get(f"/admin/accounts/membership/{bobs.pk}/delete/").status_code == 403


# --- workspaces


def test_a_workspace_is_made_with_an_owner(client, bob):
    assert "required" in refusal(client.post("/admin/accounts/workspace/add/", {"name": "New house"}))
    client.post("/admin/accounts/workspace/add/", {"name": "New house", "owner": str(bob.pk)})
    workspace = Workspace.objects.get(name="New house")
    assert workspace.slug == "new-house"
    assert Membership.objects.get(workspace=workspace, role="owner").user == bob


def test_a_person_who_is_switched_off_owns_no_new_workspace(client, bob):
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert "valid choice" in refusal(client.post("/admin/accounts/workspace/add/", {"name": "New house", "owner": str(bob.pk)}))


def test_a_workspaces_people_are_changed_on_its_page(client, acme, bob, bobs, make_user):
    dana = make_user("dana")
    saved = fill_in(
        client,
        page_of(acme),
        name="Acme Ltd",
        rows=[("memberships-2", {"user": dana.pk, "role_choice": "viewer"})],
        **{role_field(client, acme, bobs): "editor"},
    )
    assert saved.status_code == 302, refusal(saved)
    acme.refresh_from_db()
    bobs.refresh_from_db()
    assert (acme.name, bobs.role, Membership.objects.get(user=dana).role) == ("Acme Ltd", "editor", "viewer")
    assert {"membership.added", "membership.changed", "workspace.changed"} <= actions(workspace_id=acme.pk)


def test_a_member_is_taken_out_on_the_workspaces_page(client, acme, bobs):
    fill_in(client, page_of(acme), **{role_field(client, acme, bobs).replace("role_choice", "DELETE"): "on"})
    assert not Membership.objects.filter(pk=bobs.pk).exists()
    assert "membership.removed" in actions(workspace_id=acme.pk)


def test_the_last_owner_stays_and_nothing_else_on_the_page_is_kept(client, acme, alice, bobs):
    owner = Membership.objects.get(user=alice)
    changes = {role_field(client, acme, owner): "member", role_field(client, acme, bobs): "viewer"}
    assert "Alice is the last owner of Acme" in refusal(fill_in(client, page_of(acme), **changes))
    assert set(Membership.objects.filter(workspace=acme).values_list("role", flat=True)) == {"owner", "member"}
    assert not actions()


def role_field(client, parent, membership):
    """The name of the field with this membership's role on its parent's page."""
    fields = fields_of(client.get(page_of(parent)))
    prefix = next(name for name, values in fields.items() if name.endswith("-id") and values == [str(membership.pk)]).removesuffix("-id")
    return f"{prefix}-role_choice"


def test_a_large_workspace_has_its_people_in_a_list(client, acme, make_user):
    people = [User(email=f"p{number}@example.org") for number in range(60)]
    User.objects.bulk_create(people)
    Membership.objects.bulk_create([Membership(user=person, workspace=acme) for person in people])
    page = client.get(page_of(acme)).content.decode()
    assert "62 in this workspace" in page
    assert "p5@example.org" not in page
    listed = client.get(f"/admin/accounts/membership/?workspace__id__exact={acme.pk}")
    assert "62 memberships" in " ".join(listed.content.decode().split())
    assert fill_in(client, page_of(acme), name="Big").status_code == 302


# --- memberships


def test_a_membership_is_added_changed_and_removed(client, acme, bob, other):
    added = fill_in(client, "/admin/accounts/membership/add/", user=bob.pk, workspace=other.pk, role_choice="admin")
    assert added.status_code == 302
    membership = Membership.objects.get(user=bob, workspace=other)
    fill_in(client, page_of(membership), role_choice="viewer")
    membership.refresh_from_db()
    assert membership.role == "viewer"
    assert client.get(f"/admin/accounts/membership/{membership.pk}/delete/").status_code == 200
    assert client.post(f"/admin/accounts/membership/{membership.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Membership.objects.filter(pk=membership.pk).exists()


def test_a_membership_keeps_its_person_and_workspace(client, bobs, other, charlie):
    fill_in(client, page_of(bobs), user=charlie.pk, workspace=other.pk, role_choice="editor")
    kept = Membership.objects.get(pk=bobs.pk)
    assert (kept.user_id, kept.workspace_id, kept.role) == (bobs.user_id, bobs.workspace_id, "editor")


def test_nobody_is_added_twice(client, acme, bob):
    assert "already" in refusal(fill_in(client, "/admin/accounts/membership/add/", user=bob.pk, workspace=acme.pk, role_choice="admin"))


def test_a_refused_removal_is_said_and_changes_nothing(client, alice, acme):
    owner = Membership.objects.get(user=alice)
    answered = client.post(f"/admin/accounts/membership/{owner.pk}/delete/", {"post": "yes"}, follow=True)
    assert "Alice is the last owner of Acme" in answered.content.decode()
    assert Membership.objects.filter(pk=owner.pk).exists()
    assert not actions()


def test_custom_roles_are_those_of_the_memberships_workspace(client, bobs, acme, other):
    own = Role.objects.create(workspace=acme, name="Reads only", permissions=["document.view"])
    theirs = Role.objects.create(workspace=other, name="Not ours", permissions=["document.view"])
    page = client.get(page_of(bobs)).content.decode()
    assert "Reads only" in page
    assert "Not ours" not in page
    assert "Custom roles are those of the membership’s own workspace" in refusal(fill_in(client, page_of(bobs), role_choice=theirs.pk)).replace("&#x27;", "’")
    fill_in(client, page_of(bobs), role_choice=own.pk)
    bobs.refresh_from_db()
    assert (bobs.role, bobs.custom_role) == ("custom", own)
    assert fields_of(client.get(page_of(bobs)))["role_choice"] == [str(own.pk)]
    assert "Reads only" in client.get("/admin/accounts/membership/").content.decode()


def test_a_person_is_put_into_another_workspace_on_their_own_page(client, bob, bobs, other):
    saved = fill_in(client, page_of(bob), rows=[("memberships-2", {"workspace": other.pk, "role_choice": "viewer"})])
    assert saved.status_code == 302
    assert Membership.objects.get(user=bob, workspace=other).role == "viewer"


def test_a_workspace_of_before_can_be_entered_with_a_custom_role_later(client, bob, bobs, other):
    theirs = Role.objects.create(workspace=other, name="Not ours", permissions=["document.view"])
    crafted = fill_in(client, page_of(bob), rows=[("memberships-2", {"workspace": other.pk, "role_choice": theirs.pk})])
    assert "Choose a role of the list" in refusal(crafted)
    assert not Membership.objects.filter(user=bob, workspace=other).exists()


def test_what_happened_to_a_row_is_read_in_the_audit_trail(client, bob, operator_client):
    address = f"/admin/accounts/user/{bob.pk}/history/"
    assert client.get(address).headers["Location"] == f"/admin/accounts/auditentry/?q={bob.pk}"
    assert operator_client("developer").get(address).status_code in {302, 403}
    assert client.get("/admin/accounts/user/7b0e1f0e-2f0f-4b5a-9a55-0d7a0a0a0a0a/history/").headers["Location"] == "/admin/"


def test_two_workspaces_of_one_name_get_addresses_of_their_own(client, root):
    create_workspace(name="Home", owner=root)
    client.post("/admin/accounts/workspace/add/", {"name": "Home", "owner": str(root.pk)})
    assert set(Workspace.objects.values_list("slug", flat=True)) == {"home", "home-2"}
