"""The library's page: what it says of access, the filter by collection, and the form that says where a file goes."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.documents.models import Document, DocumentGrant

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(acme):
    return lambda name, *rest: reverse(f"documents:{name}", args=[acme.slug, *rest])


def test_a_row_says_where_not_everyone_sees_a_document(alice, make_shelf, add_document, client_for, url):
    opened, closed = make_shelf("Open", "read"), make_shelf("Closed")
    for number, (place, access) in enumerate([(opened, "public"), (opened, "internal"), (closed, "public"), (closed, "internal"), (opened, "restricted")]):
        add_document(place, alice, f"{number}", access=access)
    rows = {row.title: row for row in client_for(alice).get(url("library")).context["rows"]}
    assert [rows[str(number)].access_word for number in range(5)] == ["", "", "", "Internal", "Restricted"]
    assert rows["3"].access_help == "The readers of Closed see it"
    assert rows["4"].access_help == "Only you see it"


def test_a_row_gives_no_hidden_name_of_a_collection_away(bob, shelf, add_document, client_for, url):
    document = add_document(shelf, bob, access="internal")
    assert client_for(bob).get(url("rows"), {"ids": document.id}).context["rows"][0].access_help == "The readers of its collection see it"


def test_a_row_counts_whom_it_names(alice, bob, bob_reader, shelf, team, add_document, client_for, url):
    document = add_document(shelf, alice, access="restricted")
    DocumentGrant.objects.create(document=document, member_id=bob_reader.membership_id)
    assert client_for(alice).get(url("rows"), {"ids": document.id}).context["rows"][0].access_help == "Only you and 1 named person or group see it"
    DocumentGrant.objects.create(document=document, group=team)
    assert client_for(bob).get(url("rows"), {"ids": document.id}).context["rows"][0].access_help == "Only who added it and 2 named people and groups see it"


def test_who_may_not_see_people_gets_the_word_but_no_link(join, alice, shelf, team, add_document, client_for, url):
    document = add_document(shelf, alice, access="restricted")
    DocumentGrant.objects.create(document=document, group=team)
    page = client_for(join("vera", "viewer", group=team).user).get(url("library")).content.decode()
    assert "Restricted" in page
    assert url("access", document.id) not in page


def test_the_library_shows_one_collection_of_those_that_one_sees(alice, bob, make_shelf, add_document, client_for, url):
    opened, closed = make_shelf("Open", "read"), make_shelf("Closed")
    for place in (opened, closed):
        add_document(place, alice, f"in {place.name}")
    client = client_for(bob)
    page = client.get(url("library"), {"collection": opened.pk})
    assert [row.title for row in page.context["rows"]] == ["in Open"]
    assert page.context["query"] == f"collection={opened.pk}"
    answers = [client.get(url("library"), {"collection": one}) for one in (closed.pk, uuid.uuid4(), "nonsense")]
    assert [one.status_code for one in answers] == [404, 404, 404]


def test_a_collection_without_documents_says_so(alice, make_shelf, client_for, url):
    opened = make_shelf("Open", "write")
    assert "Nothing in Open that you see" in client_for(alice).get(url("library"), {"collection": opened.pk}).content.decode()


def test_with_one_open_collection_the_form_offers_everyone_first(alice, make_shelf, client_for, url):
    make_shelf("General", "write")
    response = client_for(alice).get(url("library"))
    assert response.context["usual_access"] == "public"
    assert 'name="collection"' not in response.content.decode()


def test_with_several_it_offers_what_goes_along_with_each(alice, make_shelf, client_for, url):
    make_shelf("Closed")
    general = make_shelf("General", "write")
    chosen = make_shelf("Notes", "write")
    response = client_for(alice).get(url("library"))
    assert (response.context["usual_access"], response.context["place"]) == ("internal", general)
    assert client_for(alice).get(url("library"), {"collection": chosen.pk}).context["place"] == chosen


def test_before_the_first_document_the_form_offers_the_general_collection_too(alice, make_shelf, client_for, url, hints, rung):
    shelf = make_shelf("Closed")
    client = client_for(alice)
    page = client.get(url("library"))
    assert (page.context["new_place"], page.context["place"], page.context["usual_access"]) == ("General", None, "internal")
    assert '<option value="" selected>General</option>' in page.content.decode()
    assert client.get(url("library"), {"collection": shelf.pk}).context["place"] == shelf
    client.post(url("upload"), {"file": SimpleUploadedFile("a.txt", b"Words."), "collection": "", "access": "internal"})
    assert Document.objects.get().collection.name == "General"
    assert client.get(url("library")).context["new_place"] == ""


def test_the_form_says_where_a_file_goes_and_who_sees_it(alice, make_shelf, client_for, url, hints, rung):
    shelf = make_shelf("Closed")
    client = client_for(alice)
    client.post(url("upload"), {"file": SimpleUploadedFile("a.txt", b"Words."), "collection": shelf.pk, "access": "restricted"})
    document = Document.objects.get()
    assert (document.collection, document.access) == (shelf, "restricted")


@pytest.mark.parametrize("case", ["hidden", "foreign", "absent", "nonsense", "read"])
def test_a_file_goes_nowhere_that_one_may_not_add_to(case, bob, make_shelf, other, client_for, url, hints, rung):
    place = {
        "hidden": make_shelf("Hidden").pk,
        "foreign": make_shelf("Theirs", "write", other).pk,
        "absent": uuid.uuid4(),
        "nonsense": "nonsense",
        "read": make_shelf("Read", "read").pk,
    }[case]
    response = client_for(bob).post(url("upload"), {"file": SimpleUploadedFile("a.txt", b"Words."), "collection": place})
    assert response.status_code == (403 if case == "read" else 404)
    assert not Document.objects.exists()


def test_an_access_that_does_not_exist_is_refused_in_words(alice, acme, client_for, url, hints):
    response = client_for(alice).post(url("upload"), {"file": SimpleUploadedFile("a.txt", b"Words."), "access": "all"})
    assert response.status_code == 422
    assert "Access is one of" in response.content.decode()
