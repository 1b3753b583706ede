"""The operators' pages: theirs alone, complete, and without a query a row."""

import pytest
from django.contrib import admin

from apps.accounts.models import ApiKey, Membership
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


@pytest.mark.parametrize("kind", ["workspace", "user"])
def test_what_holds_documents_is_not_deleted_in_passing(client_for, root, alice, acme, kind):
    pk = {"workspace": acme.pk, "user": alice.pk}[kind]
    assert client_for(root).post(f"/admin/accounts/{kind}/{pk}/delete/", {"post": "yes"}).status_code == 403
    assert Membership.objects.filter(user=alice, workspace=acme).exists()


def test_no_list_deletes_in_bulk(client_for, root, alice, acme):
    """Django's own action would delete rows past the services that hold the rules."""
    for address in LISTS:
        page = client_for(root).get(address)
        assert "delete_selected" not in page.content.decode()
    chosen = Membership.objects.get(user=alice)
    client_for(root).post("/admin/accounts/membership/", {"action": "delete_selected", "_selected_action": [chosen.pk], "post": "yes"})
    assert Membership.objects.filter(pk=chosen.pk).exists()


@pytest.mark.parametrize(
    "address", ["/admin/r/1/abc/", "/admin/r/1/7b0e1f0e-2f0f-4b5a-9a55-0d7a0a0a0a0a/", "/admin/r/999/1/", "/admin/r/x/y/", "/admin/nothing/"]
)
def test_what_is_not_there_is_not_found(client_for, root, address):
    """Django's way from an id to a page on the site would look up any row of any model; and failed with ours."""
    assert client_for(root).get(address).status_code == 404


def test_a_row_has_no_way_onto_the_site(client_for, root, alice):
    from django.contrib.contenttypes.models import ContentType

    kind = ContentType.objects.get_for_model(alice)
    there, nowhere = (client_for(root).get(f"/admin/r/{kind.pk}/{key}/") for key in (alice.pk, "7b0e1f0e-2f0f-4b5a-9a55-0d7a0a0a0a0a"))
    assert there.status_code == nowhere.status_code == 404


def test_ones_own_password_is_changed_at_the_one_door_for_it(client_for, root):
    assert client_for(root).get("/admin/password_change/").headers["Location"] == "/accounts/password/change/"


def test_nothing_shows_rows_by_their_raw_ids():
    """Its label is read past the operator's rights."""
    for pages in admin.site._registry.values():
        for place in (pages, *pages.inlines):
            assert not place.raw_id_fields
            assert not place.radio_fields


def test_an_api_key_opens_no_administration(client, bob, acme):
    from apps.accounts.selectors.readers import get_reader
    from apps.accounts.services.keys import make_key

    bob.operator_role = "administrator"
    bob.save()
    _key, text = make_key(get_reader(bob, acme.slug), name="Bot", scopes=["document.view"])
    assert ApiKey.objects.count() == 1
    for address in ("/admin/", "/admin/settings/", *LISTS):
        response = client.get(address, headers={"Authorization": f"Bearer {text}"})
        assert (response.status_code, response.headers["Location"].partition("?")[0]) == (302, "/admin/login/")


def test_the_page_of_a_document_shows_its_tags(client_for, root, make_document):
    document = make_document("Plan")
    type(document).objects.update(tags=["lease", "2026"])
    assert "lease, 2026" in client_for(root).get(f"/admin/documents/document/{document.pk}/change/").content.decode()
