"""The operators' pages: theirs alone, complete, and without a query a row."""

import pytest
from django.contrib import admin

from apps.accounts.models import Membership, User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
LISTS = sorted(f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry)


@pytest.mark.parametrize("address", ["/admin/", *LISTS])
def test_only_an_operator_gets_in(client_for, alice, acme, address):
    assert client_for().get(address).status_code == 302
    assert client_for(alice).get(address).status_code == 302


def test_an_operator_signs_in_through_the_one_door(client, root):
    """The administration's own form would not count wrong passwords."""
    for_operators = client.post("/admin/login/?next=/admin/", {"username": root.email, "password": PASSWORD})
    assert for_operators.headers["Location"] == "/accounts/login/?next=%2Fadmin%2F"
    assert "_auth_user_id" not in client.session
    response = client.post("/accounts/login/", {"login": root.email, "password": PASSWORD, "next": "/admin/"})
    assert response.headers["Location"] == "/admin/"


def test_someone_who_is_no_operator_is_told_so(client_for, alice):
    assert client_for(alice).get("/admin/login/").status_code == 403


@pytest.mark.parametrize("address", ["/admin/", *LISTS])
def test_an_operator_sees_each_list_and_can_search_it(client_for, root, acme, address):
    assert client_for(root).get(address).status_code == 200
    assert client_for(root).get(f"{address}?q=alice").status_code in {200, 302}


def test_a_person_who_is_made_an_operator_can_work(client_for, bob, acme):
    bob.operator_role = "administrator"
    bob.save()
    assert "Add user" in client_for(bob).get("/admin/accounts/user/").content.decode()
    bob.is_active = False
    assert not bob.has_perm("accounts.view_user")
    assert not bob.has_module_perms("accounts")


def test_the_usual_models_are_there():
    names = {model.__name__ for model in admin.site._registry}
    assert {"User", "Workspace", "Membership", "Collection", "Document", "IngestJob", "Run"} <= names


def test_what_the_product_writes_is_only_looked_at(client_for, root):
    assert client_for(root).get("/admin/documents/document/add/").status_code == 403


def test_an_operator_adds_a_person_by_e_mail(client_for, root):
    page = client_for(root).get("/admin/accounts/user/add/")
    assert page.status_code == 200
    fields = {"email": "dana@example.org", "name": "Dana", "usable_password": "true", "password1": "a long enough phrase", "password2": "a long enough phrase"}
    inline = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    response = client_for(root).post("/admin/accounts/user/add/", fields | inline)
    assert response.status_code == 302
    assert User.objects.get(email="dana@example.org").check_password("a long enough phrase")


def test_each_change_of_a_person_counts_up_their_epoch(client_for, root, bob, acme):
    membership = Membership.objects.get(user=bob)
    fields = {
        "email": bob.email, "name": "Robert", "is_active": "on",
        "memberships-TOTAL_FORMS": 1, "memberships-INITIAL_FORMS": 1,
        "memberships-0-id": membership.pk, "memberships-0-user": bob.pk, "memberships-0-workspace": acme.pk, "memberships-0-role": "editor",
    }  # fmt: skip
    before = User.objects.get(pk=bob.pk).epoch
    response = client_for(root).post(f"/admin/accounts/user/{bob.pk}/change/", fields)
    assert response.status_code == 302
    bob.refresh_from_db()
    assert (bob.name, bob.epoch) == ("Robert", before + 1)
    membership.refresh_from_db()
    assert membership.role == "editor"


@pytest.mark.parametrize("kind", ["workspace", "user"])
def test_what_holds_documents_is_not_deleted_in_passing(client_for, root, alice, acme, kind):
    pk = {"workspace": acme.pk, "user": alice.pk}[kind]
    assert client_for(root).post(f"/admin/accounts/{kind}/{pk}/delete/", {"post": "yes"}).status_code == 403
    selected = {"action": "delete_selected", "_selected_action": [pk], "post": "yes"}
    client_for(root).post(f"/admin/accounts/{kind}/", selected)
    assert Membership.objects.filter(user=alice, workspace=acme).exists()
