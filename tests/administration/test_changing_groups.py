"""Groups, custom roles and API keys in the administration."""

import pytest

from apps.accounts.models import ApiKey, AuditEntry, Group, GroupMember, Membership, Role
from apps.accounts.selectors.readers import get_reader
from apps.accounts.services.keys import make_key
from tests.administration.forms import fill_in
from tests.administration.test_changing_people import actions, page_of, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client_for, root):
    return client_for(root)


@pytest.fixture
def team(acme):
    return Group.objects.create(workspace=acme, name="Team")


@pytest.fixture
def bobs(bob, acme):
    return Membership.objects.get(user=bob)


def test_a_group_is_made_filled_emptied_and_deleted(client, acme, bobs):
    made = fill_in(client, "/admin/accounts/group/add/", workspace=acme.pk, name="Team", description="Who builds")
    group = Group.objects.get(name="Team")
    assert made.headers["Location"] == page_of(group)
    filled = fill_in(client, page_of(group), name="Builders", rows=[("members-2", {"membership": bobs.pk})])
    assert filled.status_code == 302, refusal(filled)
    member = GroupMember.objects.get(group=group, membership=bobs)
    assert Group.objects.get().name == "Builders"
    assert "Bob" in client.get(page_of(group)).content.decode()
    fill_in(client, page_of(group), **{"members-0-DELETE": "on"})
    assert not GroupMember.objects.filter(pk=member.pk).exists()
    assert client.get(f"/admin/accounts/group/{group.pk}/delete/").status_code == 200
    client.post(f"/admin/accounts/group/{group.pk}/delete/", {"post": "yes"})
    assert not Group.objects.exists()
    assert {"group.made", "group.changed", "group_member.added", "group_member.removed", "group.removed"} <= actions(workspace_id=acme.pk)


def test_a_name_that_is_taken_is_said_in_the_form(client, team, acme):
    assert "already" in refusal(fill_in(client, "/admin/accounts/group/add/", workspace=acme.pk, name="Team"))
    second = Group.objects.create(workspace=acme, name="Second")
    assert "There is a group named Team in this workspace already" in refusal(fill_in(client, page_of(second), name="Team"))


def test_only_people_of_the_workspace_can_be_put_into_a_group(client, team, charlie, other):
    stranger = Membership.objects.get(user=charlie)
    words = refusal(fill_in(client, page_of(team), rows=[("members-2", {"membership": stranger.pk})]))
    assert "This membership is not one of the same workspace" in words
    crafted = {"group": team.pk, "membership": stranger.pk}
    assert refusal(client.post("/admin/accounts/groupmember/add/", crafted))
    assert not team.members.exists()


def test_the_search_for_members_offers_the_groups_workspace_alone(client, team, bob, charlie, other):
    page = client.get(page_of(team)).content.decode()
    address = f"/admin/autocomplete/?workspace={team.workspace_id}"
    assert address in page
    asked = "&app_label=accounts&model_name=groupmember&field_name=membership&term="
    found = client.get(f"{address}{asked}").json()["results"]
    assert sorted(row["text"].split(",")[0] for row in found) == ["Alice", "Bob"]
    assert client.get(f"{address}{asked}charlie").json()["results"] == []
    assert client.get(f"/admin/autocomplete/?workspace=nonsense{asked}").json()["results"] == []


def test_members_of_a_large_group_have_a_list_of_their_own(client, team, bobs):
    client.post("/admin/accounts/groupmember/add/", {"group": team.pk, "membership": bobs.pk})
    member = GroupMember.objects.get()
    assert "Bob" in client.get(f"/admin/accounts/groupmember/?group__id__exact={team.pk}").content.decode()
    assert client.get(page_of(member)).status_code == 200
    client.post(f"/admin/accounts/groupmember/{member.pk}/delete/", {"post": "yes"})
    assert not GroupMember.objects.exists()


def test_a_group_stays_in_its_workspace(client, team, other):
    fill_in(client, page_of(team), workspace=other.pk, name="Renamed")
    team.refresh_from_db()
    assert (team.name, team.workspace_id == other.pk) == ("Renamed", False)


def test_a_custom_role_is_put_together_with_words(client, acme, operator_client):
    page = client.get("/admin/accounts/role/add/").content.decode()
    assert "Manage documents: Retry, move, share and delete any document that one may see." in page
    assert "Manage the workspace" not in page
    fill_in(client, "/admin/accounts/role/add/", workspace=acme.pk, name="Reception", permissions=["document.view", "people.view"])
    role = Role.objects.get()
    assert role.permissions == ["document.view", "people.view"]
    fill_in(client, page_of(role), permissions=["document.view"])
    role.refresh_from_db()
    assert role.permissions == ["document.view"]
    assert {"role.made", "role.changed"} <= actions(object_id=str(role.pk))
    looked_at = operator_client("operations").get(page_of(role)).content.decode()
    assert "Read documents" in looked_at
    assert "checkbox" not in looked_at


def test_a_right_that_cannot_be_given_is_refused_in_the_form(client, acme):
    crafted = {"workspace": acme.pk, "name": "King", "permissions": ["workspace.manage"]}
    assert "valid choice" in refusal(client.post("/admin/accounts/role/add/", crafted))
    assert not Role.objects.exists()


def test_a_role_that_somebody_has_is_not_deleted(client, acme, bobs):
    role = Role.objects.create(workspace=acme, name="Reads", permissions=["document.view"])
    Membership.objects.filter(pk=bobs.pk).update(role="custom", custom_role=role)
    answered = client.post(f"/admin/accounts/role/{role.pk}/delete/", {"post": "yes"}, follow=True)
    assert "One person has the role Reads" in answered.content.decode()
    Membership.objects.filter(pk=bobs.pk).update(role="member", custom_role=None)
    client.post(f"/admin/accounts/role/{role.pk}/delete/", {"post": "yes"})
    assert not Role.objects.exists()


# --- API keys


@pytest.fixture
def key(bob, acme):
    key, _text = make_key(get_reader(bob, acme.slug), name="Nightly import", scopes=["document.view"])
    return key


def test_a_key_is_looked_at_and_its_digest_is_not(client, key):
    for address in ("/admin/accounts/apikey/", page_of(key)):
        page = client.get(address).content.decode()
        assert "Nightly import" in page
        assert key.digest not in page
        assert key.digest[:8] not in page
    assert client.get("/admin/accounts/apikey/add/").status_code == 403
    assert client.post(page_of(key), {"name": "x"}).status_code == 403
    assert client.post(f"/admin/accounts/apikey/{key.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("role", ["administrator", "operations"])
def test_keys_are_revoked_from_the_list_and_by_the_button(operator_client, key, role, alice, acme):
    second, _ = make_key(get_reader(alice, acme.slug), name="Second", scopes=["document.view"])
    browser = operator_client(role)
    assert "Revoke this key" in browser.get(page_of(key)).content.decode()
    # What the button sends, and then what the list sends.
    pressed = browser.post("/admin/accounts/apikey/", {"action": "revoke_keys", "_selected_action": [str(key.pk)]}, follow=True)
    assert "Revoked 1 key." in pressed.content.decode()
    chosen = [str(key.pk), str(second.pk)]
    browser.post("/admin/accounts/apikey/", {"action": "revoke_keys", "_selected_action": chosen, "index": "0"})
    assert not ApiKey.objects.filter(revoked_at__isnull=True).exists()
    assert AuditEntry.objects.filter(action="key.revoked").count() == 2
    page = browser.get(page_of(key)).content.decode()
    assert "Revoke this key" not in page
    assert "Revoked" in page


def test_the_state_of_a_key_is_said(client, key, bob, time_machine):
    def state():
        return client.get("/admin/accounts/apikey/").content.decode()

    assert "In use" in state()
    bob.is_active = False
    bob.save()
    assert "Owner switched off" in state()
    bob.is_active = True
    bob.save()
    ApiKey.objects.filter(pk=key.pk).update(expires_at="2020-01-01T00:00Z")
    assert "Expired" in state()
