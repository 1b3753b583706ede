"""The pages of collections: what is listed, and the forms that say who may do what."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Group
from apps.documents.models import Access, Collection, CollectionGrant, Level

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(acme):
    return lambda name, *rest: reverse(f"documents:{name}", args=[acme.slug, *rest])


def text(response):
    return " ".join(response.content.decode().split())


def main(response):
    return text(response).split("<main")[1]


NEW = {"name": "Legal", "description": "Contracts.", "everyone": "none"}


def test_the_list_holds_what_one_sees_with_counts(alice, bob, shelf, make_shelf, add_document, client_for, url):
    opened = make_shelf("Open", "read")
    add_document(opened, alice)
    add_document(opened, alice, access=Access.RESTRICTED)
    response = client_for(bob).get(url("collections"))
    assert [(one.name, one.document_count) for one in response.context["collections"]] == [("Open", 1)]
    assert "Shelf" not in text(response)
    assert "Make a collection" not in text(response)


def test_without_any_the_list_says_how_the_first_comes(alice, acme, client_for, url):
    assert "The first document that is added makes one" in text(client_for(alice).get(url("collections")))


def test_an_admin_makes_one_and_is_led_to_it(join, client_for, url):
    response = client_for(join("ada", "admin").user).post(url("collection-create"), NEW, follow=True)
    made = Collection.objects.get()
    assert response.redirect_chain == [(url("collection", made.pk), 302)]
    assert "Legal: made." in text(response)
    assert "You manage this collection but do not read it" in text(response)


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"name": ""}, "This field is required."), ({"name": "Shelf"}, "of this name already"), ({"everyone": "manage"}, "Select a valid choice")],
)
def test_what_is_wrong_is_said_at_the_field(alice, shelf, client_for, url, fields, words):
    response = client_for(alice).post(url("collection-create"), NEW | fields)
    assert response.status_code == 422
    assert words in text(response)
    assert 'aria-invalid="true"' in text(response)
    assert Collection.objects.count() == 1


@pytest.mark.parametrize("role", ["viewer", "member", "editor"])
def test_others_make_none(role, join, client_for, url, stand):
    user = join("ivan", role).user
    before = stand()
    response = client_for(user).post(url("collection-create"), NEW)
    assert response.status_code == 403
    assert "collection.manage" in text(response)
    assert stand() == before


CHANGES = {
    "collection-change": NEW,
    "collection-grant": {"level": "manage"},
    "collection-revoke": {},
}


@pytest.mark.parametrize("name", ["collection", *CHANGES])
def test_hidden_and_absent_look_the_same_and_change_nothing(name, bob, charlie, shelf, team, client_for, url, stand):
    before = stand()
    for user in (bob, charlie):
        send = getattr(client_for(user), "get" if name == "collection" else "post")
        fields = {**CHANGES.get(name, {}), "who": f"group:{team.pk}", "confirmed": "yes"}
        answers = [send(url(name, one), fields) for one in (shelf.pk, uuid.uuid4())]
        assert [one.status_code for one in answers] == [404, 404]
    assert client_for().post(url(name, shelf.pk)).status_code in (302, 405)
    assert stand() == before


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize(("role", "level"), [("viewer", "manage"), ("member", "write"), ("editor", "read")])
def test_who_does_not_manage_it_changes_nothing(name, role, level, join, shelf, team, client_for, url, stand):
    user = join("ivan", role, group=team).user
    CollectionGrant.objects.create(collection=shelf, group=team, level=level)
    before = stand()
    response = client_for(user).post(url(name, shelf.pk), {**CHANGES[name], "who": f"group:{team.pk}", "confirmed": "yes"})
    assert response.status_code == 403
    assert "collection.manage" in text(response)
    assert stand() == before


def test_a_reader_sees_who_may_do_what_and_no_form(join, shelf, team, client_for, url):
    CollectionGrant.objects.create(collection=shelf, group=team, level=Level.WRITE)
    response = client_for(join("ivan", group=team).user).get(url("collection", shelf.pk))
    assert [(one.name, one.level) for one in response.context["grants"]] == [("Team", "write")]
    assert "<form" not in main(response)


def test_who_may_not_see_people_reads_no_names(join, shelf, team, client_for, url):
    CollectionGrant.objects.create(collection=shelf, group=team)
    response = client_for(join("vera", "viewer", group=team).user).get(url("collection", shelf.pk))
    assert "Team" not in main(response)
    assert "grants to people and groups are not listed" in main(response)


def test_granting_more_is_done_at_once_and_less_is_asked(alice, shelf, team, client_for, url):
    client, group = client_for(alice), f"group:{team.pk}"
    assert "Team: read and add." in text(client.post(url("collection-grant", shelf.pk), {"who": group, "level": "write"}, follow=True))
    page = text(client.post(url("collection-grant", shelf.pk), {"who": group, "level": "read"}))
    assert "Team will be able to do less here: read instead of read and add." in page
    assert CollectionGrant.objects.get().level == "write"
    client.post(url("collection-grant", shelf.pk), {"who": group, "level": "read", "confirmed": "yes"})
    assert CollectionGrant.objects.get().level == "read"


def test_taking_a_grant_back_is_asked(alice, shelf, team, client_for, url):
    CollectionGrant.objects.create(collection=shelf, group=team)
    client, group = client_for(alice), f"group:{team.pk}"
    page = text(client.post(url("collection-revoke", shelf.pk), {"who": group}))
    assert "Its internal documents leave their library, search and answers" in page
    assert CollectionGrant.objects.exists()
    client.post(url("collection-revoke", shelf.pk), {"who": group, "confirmed": "yes"})
    assert not CollectionGrant.objects.exists()


def test_a_grant_that_is_gone_already_asks_nothing(alice, shelf, team, client_for, url, trail):
    response = client_for(alice).post(url("collection-revoke", shelf.pk), {"who": f"group:{team.pk}"})
    assert response.status_code == 302
    assert trail("collection_grant.removed") == []


def test_who_takes_their_own_grant_back_is_told_and_led_to_the_list(join, shelf, client_for, url):
    bert = join("bert")
    CollectionGrant.objects.create(collection=shelf, member_id=bert.membership_id, level=Level.MANAGE)
    client, who = client_for(bert.user), {"who": f"member:{bert.membership_id}"}
    assert "You are among them" in text(client.post(url("collection-revoke", shelf.pk), who))
    response = client.post(url("collection-revoke", shelf.pk), {**who, "confirmed": "yes"})
    assert response.url == url("collections")


@pytest.mark.parametrize(("fields", "words"), [({"who": ""}, "Choose a person or a group."), ({"level": "none"}, "Choose what they may do.")])
def test_a_grant_that_is_not_chosen_is_an_error_beside_the_field(alice, shelf, team, client_for, url, fields, words):
    response = client_for(alice).post(url("collection-grant", shelf.pk), {"who": f"group:{team.pk}", "level": "read"} | fields)
    assert response.status_code == 422
    assert words in text(response)
    assert not CollectionGrant.objects.exists()


def test_closing_it_to_everyone_is_asked_and_opening_is_not(alice, make_shelf, client_for, url):
    opened = make_shelf("Open", "read")
    client = client_for(alice)
    same = {"name": "Open", "description": ""}
    page = text(client.post(url("collection-change", opened.pk), {**same, "everyone": "none"}))
    assert "Everyone in the workspace will be able to do less here: nothing instead of read." in page
    assert "leave the library" in page
    client.post(url("collection-change", opened.pk), {**same, "everyone": "write"})
    assert Collection.objects.get().everyone == "write"
    assert "leave the library" not in text(client.post(url("collection-change", opened.pk), {**same, "everyone": "read"}))
    client.post(url("collection-change", opened.pk), {**same, "everyone": "none", "confirmed": "yes"})
    assert Collection.objects.get().everyone == "none"


def test_what_is_asked_keeps_what_was_typed(alice, make_shelf, client_for, url):
    opened = make_shelf("Open", "read")
    page = text(client_for(alice).post(url("collection-change", opened.pk), {"name": "A <b>name</b>", "description": "", "everyone": "none"}))
    assert 'name="name" value="A &lt;b&gt;name&lt;/b&gt;"' in page


def test_a_name_that_is_taken_is_said_at_the_field(alice, shelf, make_shelf, client_for, url):
    make_shelf("Legal")
    response = client_for(alice).post(url("collection-change", shelf.pk), NEW)
    assert response.status_code == 422
    assert "of this name already" in text(response)


def test_a_change_without_a_name_is_said_at_the_field(alice, shelf, client_for, url, stand):
    before = stand()
    response = client_for(alice).post(url("collection-change", shelf.pk), NEW | {"name": " "})
    assert response.status_code == 422
    assert "This field is required." in text(response)
    assert stand() == before


def test_the_numbers_of_queries_grow_with_nothing(alice, acme, shelf, make_shelf, add_document, join, client_for, url):
    client = client_for(alice)

    def count(how_many):
        for number in range(how_many):
            group = Group.objects.create(workspace=acme, name=f"Group {how_many} {number}")
            CollectionGrant.objects.create(collection=shelf, group=group)
            add_document(make_shelf(f"Shelf {how_many} {number}", "write"), alice)
            join(f"person{how_many}x{number}", group=group)
        counts = []
        for address in (url("collections"), url("collection", shelf.pk), url("library")):
            with CaptureQueriesContext(connection) as asked:
                assert client.get(address).status_code == 200
            counts.append(len(asked))
        return counts

    client.get(url("collections"))
    assert count(3) == count(27)
