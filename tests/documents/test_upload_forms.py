"""What goes wrong with a form of files on its way: said in words, with nothing of it kept."""

from html import unescape

import pytest
from django.conf import settings as project
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.documents.models import Document
from tests.documents.test_uploads import stored_files

pytestmark = pytest.mark.django_db
JSON = {"HTTP_ACCEPT": "application/json"}
LARGE = b"Words, more than are kept in memory. " * 100_000
EDGE = "edge"


@pytest.fixture
def doors(acme):
    return {"form": reverse("documents:upload", args=[acme.slug]), "api": f"/api/v1/documents?workspace={acme.slug}"}


@pytest.fixture(autouse=True)
def temporary(settings, tmp_path, hints, rung):
    """Where files are held on their way."""
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    return tmp_path


def nothing_is_left(temporary):
    return (Document.objects.count(), stored_files(), list(temporary.iterdir())) == (0, [], [])


def form_of(*files, fields=()):
    """The body of a form as a browser sends it, each part with its end."""
    parts = [f'--{EDGE}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields]
    for name, data in files:
        head = f'--{EDGE}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/plain\r\n\r\n'
        parts.append(head.encode() + data + b"\r\n")
    return b"".join(parts) + f"--{EDGE}--\r\n".encode()


def send(client, address, body, **headers):
    return client.generic("POST", address, body, content_type=f"multipart/form-data; boundary={EDGE}", **headers)


def test_as_many_files_as_a_form_may_hold_are_taken(alice, client_for, doors, settings):
    settings.QUIRE_LIMIT_UPLOADS_PER_USER = 0
    files = [SimpleUploadedFile(f"{number}.txt", b"Words %d." % number) for number in range(project.DATA_UPLOAD_MAX_NUMBER_FILES)]
    assert client_for(alice).post(doors["form"], {"file": files}).status_code == 302
    assert Document.objects.count() == len(files)


@pytest.mark.parametrize("data", [b"Words.", LARGE], ids=["small", "large"])
def test_more_files_than_that_are_told_how_many_go_at_once(alice, client_for, doors, settings, temporary, data):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    answer = send(client_for(alice), doors["form"], form_of(*((f"{number}.txt", data) for number in range(3))))
    page = unescape(answer.content.decode())
    assert answer.status_code == 413
    assert "Up to 2 files are taken at once. There were more, so none of them was added: send them in parts." in page
    assert f'href="{doors["form"].removesuffix("upload/")}"' in page
    assert nothing_is_left(temporary)


def test_a_program_is_told_the_same_in_its_way(alice, client_for, doors, settings, temporary):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    body = form_of(*((f"{number}.txt", b"Words.") for number in range(3)))
    for answer in (send(client_for(alice), doors["form"], body, **JSON), send(client_for(alice), doors["api"], body)):
        assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (413, "too_many_files", 2)
    assert nothing_is_left(temporary)


WHOLE = form_of(("a.txt", b"First."), ("b.txt", LARGE), ("c.txt", b"Third."), fields=[("access", "public")])
CUTS = {
    "before the first file": WHOLE.index(b"a.txt"),
    "in the first file": WHOLE.index(b"First.") + 3,
    "between two files": WHOLE.index(b"b.txt") - 20,
    "in a large file": WHOLE.index(LARGE) + len(LARGE) // 2,
    "in the last file": WHOLE.index(b"Third.") + 3,
    "after the last file": WHOLE.index(b"Third.") + len(b"Third."),
    "in the end itself": len(WHOLE) - 4,
}


@pytest.mark.parametrize("place", CUTS.values(), ids=CUTS.keys())
def test_a_form_that_was_cut_off_is_told_so_and_nothing_of_it_is_added(alice, client_for, doors, temporary, place):
    answer = send(client_for(alice), doors["form"], WHOLE[:place])
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "The upload was cut off" in page
    assert "Send it again" in page
    assert "Choose a file first" not in page
    assert nothing_is_left(temporary)


def test_a_cut_form_is_told_so_also_where_it_is_asked_for_its_token_first(alice, doors):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    client.cookies["csrftoken"] = "x" * 32
    answer = send(client, doors["form"], WHOLE[: CUTS["before the first file"]])
    assert (answer.status_code, "The upload was cut off" in answer.content.decode()) == (400, True)


def test_a_program_is_told_that_its_upload_was_cut_off(alice, client_for, doors, temporary):
    for door in ("form", "api"):
        answer = send(client_for(alice), doors[door], WHOLE[: CUTS["in a large file"]], **JSON)
        assert (answer.status_code, answer.json()["code"]) == (400, "upload_cut")
    assert nothing_is_left(temporary)


def test_a_file_that_is_cut_off_in_its_encoding_is_told_so_too(alice, client_for, doors, temporary):
    head = f'--{EDGE}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    cut = send(client_for(alice), doors["form"], head.encode() + b"V29yZ")
    wrong = send(client_for(alice), doors["form"], head.encode() + f"V29yZ\r\n--{EDGE}--\r\n".encode())
    assert "The upload was cut off" in cut.content.decode()
    assert (wrong.status_code, "The upload was cut off" in wrong.content.decode()) == (400, False)
    assert nothing_is_left(temporary)


def test_a_whole_form_is_taken_wherever_its_end_is_cut_in_two_by_reading(alice, client_for, doors):
    # 64 KB are read at a time: one of these forms has its last line across two of them.
    room = 2**16 - len(form_of(("a.txt", b"")))
    for more in range(-8, 12, 4):
        body = form_of(("a.txt", b"x" * (room + more)))
        assert send(client_for(alice), doors["form"], body).status_code == 302


def test_a_form_without_a_file_is_still_told_to_choose_one(alice, client_for, doors):
    answer = send(client_for(alice), doors["form"], form_of(fields=[("access", "public")]))
    assert (answer.status_code, "Choose a file first." in answer.content.decode()) == (422, True)


def test_a_cut_form_of_nobody_leaves_nothing_either(client_for, doors, temporary):
    assert send(client_for(), doors["form"], WHOLE[: CUTS["in a large file"]]).status_code in (302, 400)
    assert nothing_is_left(temporary)


def test_the_plain_form_takes_several_files_and_says_how_many(alice, client_for, doors):
    page = client_for(alice).get(doors["form"].removesuffix("upload/")).content.decode()
    field = page.split('id="file"')[1].split(">")[0]
    assert "multiple" in field
    assert f"<noscript>, {project.DATA_UPLOAD_MAX_NUMBER_FILES} at once</noscript>" in page


def test_a_whole_page_of_selected_documents_is_not_too_many_fields(alice, acme, client_for, shelf, add_document):
    documents = [add_document(shelf, alice, f"Plan {number}", access="public") for number in range(200)]
    fields = {"action": "cancel", "document": [one.pk for one in documents], "csrfmiddlewaretoken": "x"}
    assert client_for(alice).post(reverse("documents:selected", args=[acme.slug]), fields).status_code == 302
