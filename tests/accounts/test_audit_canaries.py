"""Nothing that people say, upload, sign in with or hold as a key gets into the audit trail or into a log."""

import json
import logging
import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from structlog.stdlib import ProcessorFormatter

from apps.accounts.models import ApiKey, AuditEntry
from apps.accounts.routes import list_routes
from apps.accounts.services.keys import make_key
from apps.chat.models import Message
from apps.documents.models import Document
from apps.documents.services.uploads import upload_document
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
WORD = "xyzzycanary"
SECRET = f"{WORD}-a long passphrase"
KEY = f"qk_live_{WORD}_{WORD}00000000"
HEADERS = {"User-Agent": f"{WORD}-agent", "X-Canary": f"{WORD}-header", "Referer": f"http://testserver/?{WORD}", "X-Quire-Workspace": "acme"}


@pytest.fixture
def words_of_logs(caplog):
    """The lines as they would stand on standard error."""
    caplog.set_level(logging.INFO)
    (form,) = [handler.formatter for handler in logging.getLogger().handlers if isinstance(handler.formatter, ProcessorFormatter)]
    return lambda: "\n".join(form.format(record) for record in caplog.records)


def trail():
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(entry)::text FROM accounts_auditentry AS entry")
        return "\n".join(row for (row,) in cursor.fetchall())


def body():
    file = SimpleUploadedFile(f"{WORD}-name.txt", f"{WORD} in a file".encode())
    return {
        "files": file,
        "file": file,
        "question": f"{WORD}?",
        "title": WORD,
        "name": f"{WORD}!",
        "email": f"{WORD}@typed.here",
        "login": WORD,
        "password": SECRET,
    }


def address_of(pattern, document):
    def fill(match):
        kind, name = match.group(1) or "", match.group(2) or match.group(3)
        if name == "slug":
            return "acme"
        if kind == "uuid":
            return str(document.pk if name == "document_id" else uuid.uuid4())
        return "1" if kind == "int" else WORD

    filled = re.sub(r"<(?:(\w+):)?(\w+)>|\(\?P<(\w+)>[^)]*\)", fill, pattern)
    return "/" + re.sub(r"[\^$\\]|\(\?:[^)]*\)", "", filled)


def methods_of(route):
    return ("get", "post", "put", "patch", "delete") if route.pattern.startswith("api/") else ("get", "post")


@pytest.fixture
def document(alice_reader):
    upload_document(alice_reader, name=f"{WORD}.txt", file=SimpleUploadedFile(f"{WORD}.txt", f"{WORD} told".encode()))
    return Document.objects.get()


def test_every_route_by_everybody_and_every_method(client_for, alice, root, acme, document, words_of_logs):
    routes = [route for route in list_routes() if "logout" not in route.name]
    for user in (None, alice, root):
        client = client_for(user)
        for route in routes:
            address = f"{address_of(route.pattern, document)}?q={WORD}&token={KEY}&next=/{WORD}"
            for method in methods_of(route):
                client.raise_request_exception = False
                getattr(client, method)(address, body() if method in {"get", "post"} else json.dumps({"name": WORD}), headers=HEADERS)
    assert AuditEntry.objects.filter(action="api.request").count() >= 3 * 5
    assert AuditEntry.objects.filter(action="right.denied").exists()
    assert WORD not in trail()
    assert WORD not in words_of_logs()


def test_signing_in_with_whatever_is_typed(client, alice, words_of_logs):
    for login in (f"{WORD}@typed.here", SECRET, KEY, alice.email):
        client.post("/accounts/login/", {"login": login, "password": SECRET}, headers=HEADERS)
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": SECRET, "password2": SECRET})
    client.post("/accounts/password/reset/", {"email": f"{WORD}@typed.here"})
    assert AuditEntry.objects.filter(action__in=["session.sign_in_failed", "password.changed"]).count() >= 3
    assert WORD not in trail() + words_of_logs()


def test_a_question_a_document_and_a_key(client_for, alice, alice_reader, document, words_of_logs):
    key, text = make_key(alice_reader, name="A program", scopes=["document.view", "document.add", "chat.ask"])
    secret = text.rpartition("_")[2]
    page, program = client_for(alice), client_for()
    page.post("/w/acme/chat/ask/", {"question": f"What does {WORD} say?"})
    sent = {"Authorization": f"Bearer {text}", **HEADERS}
    program.get(f"/api/v1/documents?q={WORD}", headers=sent)
    program.post("/api/v1/documents", body(), headers=sent)
    program.get("/api/v1/documents", headers={"Authorization": f"Bearer {text[:-1]}0"})
    program.delete(f"/api/v1/documents/{document.pk}", headers=sent)
    page.post(f"/w/acme/library/{document.pk}/delete/")
    assert Message.objects.filter(text__contains=WORD).exists()
    assert AuditEntry.objects.filter(action="api.request", api_key_id=key.pk).exists()
    held = trail() + words_of_logs()
    assert WORD not in held
    assert secret not in held
    assert ApiKey.objects.get().digest not in held


def test_an_error_that_nobody_expected(client_for, alice, acme, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError(f"{WORD} {KEY}")

    monkeypatch.setattr("apps.documents.api.views.DocumentList.get", fail)
    client = client_for(alice)
    client.raise_request_exception = False
    assert client.get("/api/v1/documents").status_code == 500
    assert AuditEntry.objects.get(action="api.request").status == 500
    assert WORD not in trail()
