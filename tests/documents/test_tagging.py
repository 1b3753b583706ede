"""Putting tags on documents: by the page, the API, the form of files and the command; who may, and what is refused."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from apps.accounts.services.keys import make_key
from apps.documents.ingest.pipeline import read_here
from apps.documents.models import Collection, Document, DocumentVersion
from apps.documents.services import bulk
from tests.documents.test_uploads import stored_files

pytestmark = pytest.mark.django_db
LIST = "/api/v1/documents"
TOO_MANY = [f"tag {number}" for number in range(21)]
# What is no tag, as the form and as JSON say it, and the words for it.
NO_TAGS = [
    (", ".join(TOO_MANY), TOO_MANY, "A document has at most 20 tags"),
    ("lease, " + "x" * 51, ["lease", "x" * 51], "A tag has at most 50 characters, and tag 2 has 51"),
    ("le\x1base", ["le\x1base"], "Tag 1 holds a character that cannot be shown"),
]


@pytest.fixture
def document(make_shelf, alice, add_document):
    return add_document(make_shelf("Open", "read"), alice, tags=["old"])


@pytest.fixture
def url(acme):
    return lambda name, *rest: reverse(f"documents:{name}", args=[acme.slug, *rest])


@pytest.fixture
def change(url, document):
    return lambda client, tags, **headers: client.post(url("tags-change", document.pk), {"tags": tags}, **headers)


@pytest.fixture
def patch(document):
    return lambda client, body, **headers: client.patch(f"{LIST}/{document.pk}", body, content_type="application/json", **headers)


def tags_of(document):
    return Document.objects.get(pk=document.pk).tags


def bearer(reader, scopes):
    _, text = make_key(reader, name="Nightly", scopes=scopes)
    return {"Authorization": f"Bearer {text}"}


def main_of(response):
    return " ".join(response.content.decode().split("<main")[1].split())


# --- the page


def test_a_plain_form_on_the_page_changes_the_tags(alice, client_for, change, document, url, trail, rung, django_capture_on_commit_callbacks):
    client, updated_at = client_for(alice), document.updated_at
    assert "Change its tags" in main_of(client.get(url("document", document.pk)))
    with django_capture_on_commit_callbacks(execute=True):
        response = change(client, "  Rental Agreement, 2026,2026 ")
    assert (response.status_code, response["Location"]) == (302, url("document", document.pk))
    assert tags_of(document) == ["rental agreement", "2026"]
    page = main_of(client.get(response["Location"]))
    assert re.findall(r"\?tag=([^\"]+)", page) == ["rental%20agreement", "2026"]
    assert 'value="rental agreement, 2026"' in page
    assert trail("document.tagged") == [("document.tagged", {"before": 1, "after": 2})]
    assert Document.objects.get().updated_at == updated_at
    assert len(rung) == 1


def test_the_same_tags_again_are_no_change(alice, client_for, change, trail):
    assert change(client_for(alice), "OLD").status_code == 302
    assert trail("document.tagged") == []


def test_an_empty_field_takes_all_tags_off(alice, client_for, change, document, url):
    change(client_for(alice), " , ")
    assert tags_of(document) == []
    page = main_of(client_for(alice).get(url("document", document.pk)))
    assert "Add tags" in page
    assert "tags__one" not in page


@pytest.mark.parametrize(("typed", "_listed", "words"), NO_TAGS)
def test_what_is_no_tag_is_told_beside_the_form_which_keeps_what_was_typed(alice, client_for, change, document, trail, typed, _listed, words):
    response = change(client_for(alice), typed)
    page = main_of(response)
    assert response.status_code == 422
    assert words in page
    assert '<details class="tags__change" open>' in page
    assert f'value="{typed}"' in page
    assert (tags_of(document), trail("document.tagged")) == (["old"], [])


def test_markup_in_a_tag_is_shown_as_text(alice, client_for, change, document, url):
    change(client_for(alice), "<b>lease</b>")
    assert '?tag=%3Cb%3Elease%3C/b%3E">&lt;b&gt;lease&lt;/b&gt;</a>' in main_of(client_for(alice).get(url("document", document.pk)))


def test_a_teammate_sees_the_tags_and_may_not_change_them(bob, client_for, change, patch, document, url):
    page = main_of(client_for(bob).get(url("document", document.pk)))
    assert '?tag=old">old</a>' in page
    assert "<form" not in page
    assert (change(client_for(bob), "mine").status_code, patch(client_for(bob), {"tags": ["mine"]}).status_code) == (403, 403)
    assert change(client_for(bob), "x" * 51).status_code == 403
    assert tags_of(document) == ["old"]


def test_strangers_and_the_signed_out_find_nothing_to_put_tags_on(charlie, client_for, change, patch, document):
    assert (change(client_for(charlie), "mine").status_code, patch(client_for(charlie), {"tags": ["mine"]}).status_code) == (404, 404)
    assert (change(client_for(), "mine").status_code, patch(client_for(), {"tags": ["mine"]}).status_code) == (302, 401)
    assert tags_of(document) == ["old"]


def test_a_hidden_document_is_as_absent_as_one_that_is_gone(bob, client_for, change, patch, document):
    Document.objects.update(access="restricted")
    hidden = (change(client_for(bob), "mine").status_code, patch(client_for(bob), {"tags": ["mine"]}).status_code)
    Document.objects.all().delete()
    gone = (change(client_for(bob), "mine").status_code, patch(client_for(bob), {"tags": ["mine"]}).status_code)
    assert hidden == gone == (404, 404)


def test_who_manages_documents_puts_tags_on_those_of_others(join, client_for, change, document):
    assert change(client_for(join("edith", "editor").user), "shared").status_code == 302
    assert tags_of(document) == ["shared"]


def test_beside_an_answer_tags_are_shown_without_a_form(alice, client_for, document, url):
    page = client_for(alice).get(url("document", document.pk), HTTP_X_QUIRE_FRAGMENT="1").content.decode()
    assert '?tag=old">old</a>' in page
    assert "<form" not in page


# --- the API


def test_the_api_tells_tags_and_changes_them(alice, client_for, patch, document):
    client = client_for(alice)
    assert client.get(f"{LIST}/{document.pk}").json()["tags"] == ["old"]
    response = patch(client, {"tags": ["Lease", " lease", "2026"]})
    assert (response.status_code, response.json()["tags"]) == (200, ["lease", "2026"])
    assert client.get(LIST).json()["results"][0]["tags"] == ["lease", "2026"]
    assert patch(client, {"tags": []}).json()["tags"] == []


@pytest.mark.parametrize(("_typed", "listed", "words"), NO_TAGS)
def test_the_api_refuses_what_is_no_tag_in_the_same_words(alice, client_for, patch, document, _typed, listed, words):
    response = patch(client_for(alice), {"tags": listed})
    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    assert words in response.json()["detail"]
    assert tags_of(document) == ["old"]


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 422), ({"tags": "lease, 2026"}, 422), ({"tags": None}, 422), ({"tags": {"a": 1}}, 422), ({"tags": [["a"]]}, 422), ([], 422), ("{", 400)],
)
def test_a_body_that_is_no_list_of_tags_is_refused(alice, client_for, patch, document, body, status):
    response = patch(client_for(alice), body)
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    assert tags_of(document) == ["old"]


@pytest.mark.parametrize("is_key", [True, False])
def test_a_body_that_is_too_large_is_not_read(alice, alice_reader, client_for, patch, document, settings, is_key):
    sessions = {True: client_for(), False: client_for(alice)}
    headers = {True: bearer(alice_reader, ["document.view", "document.add"]), False: {}}
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    response = patch(sessions[is_key], {"tags": ["x" * 100]}, headers=headers[is_key])
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    assert "is larger than 100 bytes" in response.json()["detail"]
    assert tags_of(document) == ["old"]


def test_a_key_changes_tags_where_it_may_add_documents(alice_reader, client_for, patch):
    headers = [bearer(alice_reader, scopes) for scopes in (["document.view"], ["document.view", "document.add"])]
    assert [patch(client_for(), {"tags": ["a"]}, headers=one).status_code for one in headers] == [403, 200]


# --- adding files


@pytest.fixture
def send(url, hints, rung):
    """Send files by the form of the library, or by the API."""

    def post(client, tags, *, to="upload", name="notes.txt", data=b"Some words.", **fields):
        address = url("upload") if to == "upload" else LIST
        return client.post(address, {"file": SimpleUploadedFile(name, data), "tags": tags, **fields})

    return post


@pytest.mark.parametrize(
    ("to", "tags", "status"), [("upload", "Lease, 2026", 302), ("api", "Lease, 2026", 202), ("api", ["Lease", "2026"], 202), ("api", "", 202)]
)
def test_a_file_is_added_with_tags(alice, client_for, send, to, tags, status):
    assert send(client_for(alice), tags, to=to).status_code == status
    assert Document.objects.get().tags == (["lease", "2026"] if tags else [])


@pytest.mark.parametrize("to", ["upload", "api"])
@pytest.mark.parametrize(("typed", "_listed", "words"), NO_TAGS)
def test_a_file_with_what_is_no_tag_is_not_taken(alice, acme, client_for, send, to, typed, _listed, words):
    response = send(client_for(alice), typed, to=to)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert (Document.objects.count(), stored_files()) == (0, [])


def test_the_form_keeps_the_tags_that_were_refused(alice, client_for, send):
    assert f'name="tags" value="{"x" * 51}"' in main_of(send(client_for(alice), "x" * 51))


def test_a_script_is_told_with_each_file_that_its_tags_are_none(alice, client_for, url, hints, rung):
    files = [SimpleUploadedFile(f"{number}.txt", b"Words.") for number in range(2)]
    response = client_for(alice).post(url("upload"), {"file": files, "tags": "x" * 51}, HTTP_ACCEPT="application/json")
    assert response.status_code == 422
    assert [one["detail"][:32] for one in response.json()["results"]] == ["A tag has at most 50 characters,"] * 2


def test_a_next_version_and_the_same_bytes_keep_the_tags_of_their_document(alice, client_for, send, ingest):
    client = client_for(alice)
    send(client, "first")
    ingest(Document.objects.get())
    assert send(client, "second", to="api").json()["tags"] == ["first"]
    assert send(client, "third", data=b"Other words.").status_code == 302
    document = ingest(Document.objects.get())
    assert (document.tags, DocumentVersion.objects.count()) == (["first"], 2)


# --- the command


@pytest.fixture
def ingest_files(tmp_path, monkeypatch, hints, rung, acme):
    monkeypatch.setattr("apps.documents.ingest.confined.reading.read_confined", read_here)
    monkeypatch.setattr(bulk, "_PAUSE_SECONDS", 0.005)
    file = tmp_path / "notes.txt"
    file.write_text("Some words.")

    def run(*arguments):
        call_command("ingest_files", str(file), "--collection", "Papers", *arguments, stdout=io.StringIO(), stderr=io.StringIO())

    return run


@pytest.mark.django_db(transaction=True)
def test_the_command_puts_tags_on_what_it_adds(ingest_files, alice):
    ingest_files("--tag", "Lease", "--tag", "2026")
    assert Document.objects.get().tags == ["lease", "2026"]


@pytest.mark.parametrize(("tags", "words"), [(TOO_MANY, "at most 20 tags"), (["x" * 51], "at most 50 characters"), (["a,b"], "comma"), (["a\x1b"], "be shown")])
def test_the_command_refuses_what_is_no_tag_before_it_makes_anything(ingest_files, alice, tags, words):
    before = Collection.objects.count()
    with pytest.raises(CommandError, match=words):
        ingest_files(*(part for tag in tags for part in ("--tag", tag)))
    assert (Collection.objects.count(), Document.objects.count()) == (before, 0)
