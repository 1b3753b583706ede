"""The page that says who can see a document, and the forms on it."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Group, Membership
from apps.documents.models import Access, CollectionGrant, Document, DocumentGrant, Level

pytestmark = pytest.mark.django_db
CHANGES = ("access-change", "access-move", "access-share", "access-unshare")


@pytest.fixture
def document(shelf, bob, add_document):
    return add_document(shelf, bob, access=Access.RESTRICTED)


@pytest.fixture
def url(acme, document):
    return lambda name="access", one=None: reverse(f"documents:{name}", args=[acme.slug, *([] if name == "library" else [one or document.pk])])


def text(response):
    return " ".join(response.content.decode().split())


def key_of(subject):
    if isinstance(subject, Group):
        return f"group:{subject.pk}"
    return f"member:{subject.pk if isinstance(subject, Membership) else subject.membership_id}"


def now(document):
    document.refresh_from_db()
    return document


# --- reading


def test_a_reader_is_told_who_sees_it_and_by_which_rule(join, document, team, client_for, url):
    nora = join("nora")
    DocumentGrant.objects.create(document=document, member_id=nora.membership_id)
    DocumentGrant.objects.create(document=document, group=team)
    response = client_for(nora.user).get(url())
    shown = [(one.name, one.why) for one in response.context["audience"]]
    assert shown == [("Bob", "added the document"), ("Team", "named on the document"), ("Nora", "named on the document")]
    assert "<form" not in text(response).split("<main")[1]


@pytest.mark.parametrize(
    ("access", "everyone", "expected"),
    [
        (Access.PUBLIC, "none", ["Everyone in the workspace"]),
        (Access.INTERNAL, "read", ["Everyone in the workspace"]),
        (Access.INTERNAL, "none", ["Bob", "Team"]),
    ],
)
def test_each_access_names_who_it_means(access, everyone, expected, join, document, shelf, team, client_for, url):
    CollectionGrant.objects.create(collection=shelf, group=team)
    Document.objects.update(access=access)
    type(shelf).objects.filter(pk=shelf.pk).update(everyone=everyone)
    reader = join("ivan", group=team)
    assert [one.name for one in client_for(reader.user).get(url()).context["audience"]] == expected


def test_an_owner_who_may_not_read_its_collection_is_told_no_names(bob, document, shelf, team, client_for, url):
    CollectionGrant.objects.create(collection=shelf, group=team)
    Document.objects.update(access=Access.INTERNAL)
    response = client_for(bob).get(url())
    assert [one.name for one in response.context["audience"]] == ["Bob", "The people and groups granted in the collection"]
    assert "Shelf" not in text(response)
    assert "a collection whose name you do not see" in text(response)


def test_who_may_not_see_people_is_not_shown_the_page(join, document, client_for, url):
    Document.objects.update(access=Access.PUBLIC)
    viewer = join("vera", "viewer")
    response = client_for(viewer.user).get(url())
    assert response.status_code == 403
    assert "people.view" in text(response)


def test_who_manages_without_seeing_people_changes_access_but_reads_no_names(join, document, team, client_for, url):
    DocumentGrant.objects.create(document=document, group=team)
    manager = join("max", group=team, permissions=["document.view", "document.manage", "document.add"])
    response = client_for(manager.user).get(url())
    page = text(response).split("<main")[1]
    assert [one.name for one in response.context["audience"]] == ["Bob", "The people and groups that it names"]
    assert "Your role does not show you the people" in page
    assert "Team" not in page
    assert client_for(manager.user).post(url("access-share"), {"who": key_of(team)}).status_code == 404


@pytest.mark.parametrize("name", ["access", *CHANGES])
def test_hidden_and_absent_look_the_same_and_change_nothing(name, alice, charlie, document, client_for, url, stand):
    before = stand()
    for user in (alice, charlie):
        client = client_for(user)
        answers = [getattr(client, "get" if name == "access" else "post")(url(name, one), {"confirmed": "yes"}) for one in (document.pk, uuid.uuid4())]
        assert [one.status_code for one in answers] == [404, 404]
        bodies = [one.content.decode().replace(one.headers.get("X-Request-Id", "-"), "") for one in answers]
        assert len(bodies[0]) == len(bodies[1])
    assert client_for().post(url(name)).status_code in (302, 405)
    assert stand() == before


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("role", ["viewer", "member"])
def test_who_only_sees_it_gets_a_403_before_anything_is_asked(name, role, join, document, team, make_shelf, client_for, url, stand):
    reader = join("ivan", role, group=team)
    DocumentGrant.objects.create(document=document, group=team)
    target = make_shelf("Open", "write")
    before = stand()
    response = client_for(reader.user).post(url(name), {"access": "public", "who": key_of(team), "collection": target.pk, "confirmed": "yes"})
    assert response.status_code == 403
    assert "document.manage" in text(response)
    assert stand() == before


def test_who_left_is_not_said_to_see_what_they_added(bob, join, document, client_for, url):
    edda = join("edda", "editor")
    DocumentGrant.objects.create(document=document, member_id=edda.membership_id)
    Membership.objects.filter(user=bob).delete()
    assert [one.name for one in client_for(edda.user).get(url()).context["audience"]] == ["Edda"]


# --- changing


def test_opening_takes_nothing_from_anybody_and_is_done_at_once(bob, document, client_for, url):
    response = client_for(bob).post(url("access-change"), {"access": "public"}, follow=True)
    assert now(document).access == "public"
    assert "who sees it is changed" in text(response)


def test_closing_asks_first_and_says_who_loses_it(bob, document, team, client_for, url):
    Document.objects.update(access=Access.PUBLIC)
    DocumentGrant.objects.create(document=document, group=team)
    client = client_for(bob)
    page = text(client.post(url("access-change"), {"access": "restricted"}))
    assert "Will see it: Bob and Team." in page
    assert "Will no longer see it: everyone else in the workspace." in page
    assert "yourself" not in page
    assert now(document).access == "public"
    client.post(url("access-change"), {"access": "restricted", "confirmed": "yes"})
    assert now(document).access == "restricted"


def test_an_editor_is_told_that_they_lock_themselves_out(join, document, client_for, url):
    Document.objects.update(access=Access.PUBLIC)
    client = client_for(join("edda", "editor").user)
    assert "You will no longer see it yourself" in text(client.post(url("access-change"), {"access": "restricted"}))
    assert now(document).access == "public"
    response = client.post(url("access-change"), {"access": "restricted", "confirmed": "yes"}, follow=True)
    assert response.redirect_chain[-1][0].endswith("/library/")
    assert client.get(url()).status_code == 404


def test_who_is_named_first_is_not_locked_out(join, document, client_for, url):
    Document.objects.update(access=Access.PUBLIC)
    edda = join("edda", "editor")
    client = client_for(edda.user)
    client.post(url("access-share"), {"who": key_of(edda)})
    assert "yourself" not in text(client.post(url("access-change"), {"access": "restricted"}))


@pytest.mark.parametrize(("before", "words"), [("internal", "reads the collection and is not named"), ("restricted", "unless they may read the collection")])
def test_between_the_two_closed_ones_somebody_loses_it_too(before, words, bob, document, client_for, url):
    Document.objects.update(access=before)
    after = "restricted" if before == "internal" else "internal"
    assert words in text(client_for(bob).post(url("access-change"), {"access": after}))


def test_a_choice_that_is_none_is_an_error_beside_the_form(bob, document, client_for, url, stand):
    before = stand()
    response = client_for(bob).post(url("access-change"), {"access": "all"})
    assert response.status_code == 422
    assert "Choose who sees it." in text(response)
    assert stand() == before


def test_a_person_is_named_by_the_form_and_taken_off_again(bob, alice_reader, document, client_for, url):
    client = client_for(bob)
    assert "Alice: named." in text(client.post(url("access-share"), {"who": key_of(alice_reader)}, follow=True))
    assert "Alice: named already." in text(client.post(url("access-share"), {"who": key_of(alice_reader)}, follow=True))
    assert client_for(alice_reader.user).get(url()).status_code == 200
    assert "Alice will no longer see it" in text(client.post(url("access-unshare"), {"who": key_of(alice_reader)}))
    assert DocumentGrant.objects.exists()
    client.post(url("access-unshare"), {"who": key_of(alice_reader), "confirmed": "yes"})
    assert not DocumentGrant.objects.exists()


def test_who_takes_a_group_of_theirs_off_is_told(join, document, team, client_for, url):
    DocumentGrant.objects.create(document=document, group=team)
    edda = join("edda", "editor", group=team)
    assert "You are among them." in text(client_for(edda.user).post(url("access-unshare"), {"who": key_of(team)}))


def test_a_name_that_does_not_count_is_taken_off_at_once(bob, document, team, client_for, url):
    Document.objects.update(access=Access.PUBLIC)
    DocumentGrant.objects.create(document=document, group=team)
    client_for(bob).post(url("access-unshare"), {"who": key_of(team)})
    assert not DocumentGrant.objects.exists()


def test_nobody_chosen_is_an_error_beside_the_field(bob, document, client_for, url):
    response = client_for(bob).post(url("access-share"), {"who": ""})
    assert response.status_code == 422
    assert "Choose a person or a group." in text(response)


@pytest.mark.parametrize("kind", ["member", "group", "nonsense"])
def test_a_foreign_id_is_the_same_404_as_an_absent_one(kind, bob, charlie, other, document, client_for, url, stand):
    foreign = {
        "member": key_of(Membership.objects.get(user=charlie)),
        "group": key_of(Group.objects.create(workspace=other, name="Theirs")),
        "nonsense": "group:nonsense",
    }[kind]
    absent = {"member": "member:999999999", "group": f"group:{uuid.uuid4()}", "nonsense": f"member:{'9' * 40}"}[kind]
    client = client_for(bob)
    before = stand()
    for name in ("access-share", "access-unshare"):
        assert [client.post(url(name), {"who": who, "confirmed": "yes"}).status_code for who in (foreign, absent)] == [404, 404]
    assert stand() == before


# --- moving


def test_moving_an_internal_document_says_who_gains_and_loses_it(bob, document, make_shelf, shelf, team, client_for, url):
    Document.objects.update(access=Access.INTERNAL)
    CollectionGrant.objects.create(collection=shelf, member=Membership.objects.get(user=bob))
    target = make_shelf("Closed")
    CollectionGrant.objects.create(collection=target, group=team)
    CollectionGrant.objects.create(collection=target, member=Membership.objects.get(user=bob), level=Level.WRITE)
    client = client_for(bob)
    page = text(client.post(url("access-move"), {"collection": target.pk}))
    assert "Readers of “Closed” will see it: Team and Bob." in page
    assert "Readers of “Shelf” who may not read “Closed” will no longer see it." in page
    assert now(document).collection == shelf
    client.post(url("access-move"), {"collection": target.pk, "confirmed": "yes"})
    assert now(document).collection == target


def test_an_admin_who_moves_it_out_of_their_own_sight_is_told(join, document, shelf, make_shelf, team, client_for, url):
    Document.objects.update(access=Access.INTERNAL)
    CollectionGrant.objects.create(collection=shelf, group=team)
    admin = join("ada", "admin", group=team)
    page = text(client_for(admin.user).post(url("access-move"), {"collection": make_shelf("Closed").pk}))
    assert "Readers of “Closed” will see it: nobody yet." in page
    assert "You will no longer see it yourself" in page


def test_moving_what_is_not_internal_asks_nothing(bob, document, make_shelf, client_for, url):
    target = make_shelf("Open", "write")
    assert "moved to Open" in text(client_for(bob).post(url("access-move"), {"collection": target.pk}, follow=True))
    assert now(document).collection == target


@pytest.mark.parametrize("case", ["hidden", "foreign", "nothing", "absent"])
def test_a_document_goes_nowhere_that_one_does_not_see(case, bob, document, make_shelf, other, client_for, url, stand):
    target = {"hidden": make_shelf("Hidden").pk, "foreign": make_shelf("Theirs", "write", other).pk, "nothing": "", "absent": uuid.uuid4()}[case]
    before = stand()
    assert client_for(bob).post(url("access-move"), {"collection": target, "confirmed": "yes"}).status_code == 404
    assert stand() == before


def test_a_collection_that_one_only_reads_takes_nothing(bob, document, make_shelf, client_for, url, stand):
    target = make_shelf("Read", "read")
    before = stand()
    response = client_for(bob).post(url("access-move"), {"collection": target.pk})
    assert response.status_code == 403
    assert "not add to it" in text(response)
    assert stand() == before


def test_the_handbook_stays_where_it_is(alice, add_document, make_shelf, client_for, url):
    page = add_document(make_shelf("Handbook", "read"), alice)
    response = client_for(alice).post(url("access-move", page.pk), {"collection": make_shelf("Open", "write").pk})
    assert response.status_code == 409
    assert "each start renews it" in text(response)


def test_many_names_are_cut_in_a_sentence(bob, acme, document, client_for, url):
    Document.objects.update(access=Access.PUBLIC)
    for number in range(10):
        DocumentGrant.objects.create(document=document, group=Group.objects.create(workspace=acme, name=f"Group {number}"))
    page = text(client_for(bob).post(url("access-change"), {"access": "restricted"}))
    assert "Will see it: Bob, Group 0, Group 1, Group 2, Group 3, Group 4, Group 5, Group 6 and 3 more." in page


# --- from elsewhere


def test_the_document_and_its_row_lead_here(bob, document, client_for, url):
    client = client_for(bob)
    for place in (url("document"), f"{url('library')}rows/?ids={document.pk}"):
        assert url() in text(client.get(place))


def test_the_number_of_queries_grows_with_nothing(alice, alice_reader, acme, document, shelf, make_shelf, join, client_for, url):
    DocumentGrant.objects.create(document=document, member_id=alice_reader.membership_id)
    client = client_for(alice)
    client.get(url())

    def count(how_many):
        for number in range(how_many):
            group = Group.objects.create(workspace=acme, name=f"Group {how_many} {number}")
            DocumentGrant.objects.create(document=document, group=group)
            make_shelf(f"Shelf {how_many} {number}", "write")
            join(f"person{how_many}x{number}", group=group)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url()).status_code == 200
        return len(asked)

    assert count(3) == count(27)
