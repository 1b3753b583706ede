"""How to call each route that needs more than its address: what an id in it names, what is sent, what has to be so before.

A route that only reads, and whose ids are named in `IDS`, needs no line here. See README.md.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.routes import Route
from apps.chat.models import Run, RunEvent, RunState
from apps.documents.models import Document, DocumentState, DocumentVersion, IngestJob, JobState
from tests.rights.world import World

# Which model the part of an address names.
IDS = {
    "conversation_id": "conversation",
    "collection_id": "collection",
    "document_id": "document",
    "key_id": "apikey",
    "message_id": "message",
    "run_id": "run",
}


@dataclass(frozen=True)
class Call:
    """Who calls about what; what a body is made from."""

    world: World
    principal: str
    kind: str

    def id(self, name: str, kind: str = "") -> str:
        return str(self.world.row(name, kind or self.kind, self.principal).pk)

    def own(self, name: str) -> str:
        return self.id(name, "own")


Body = Callable[[Call], dict[str, Any]]


def nothing(call: Call) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Recipe:
    """`varies` is the model whose kinds are tried; without it that of the last id in the address, if there is one."""

    body: Body = nothing
    is_json: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    # Called before, in the transaction that is rolled back after the call.
    prepare: Callable[[Call], object] | None = None
    # For addresses that are regular expressions.
    path: str = ""
    # Added to the name in the table, for a second way to call the same route; with `varies`, ids in the address are one's own.
    variant: str = ""
    varies: str = ""
    # What the last id in the address names instead: an attachment is a document too.
    names: str = ""
    query: Callable[[Call], str] | None = None


def fail_document(call: Call, model: str = "document") -> None:
    """A document whose file could not be read: it has a version that never was published."""
    document = Document.objects.filter(pk=call.id(model))
    if document.update(state=DocumentState.FAILED, current_version=None):
        DocumentVersion.objects.filter(document=call.id(model)).update(published_at=None)


def start_job(call: Call, model: str = "document") -> None:
    IngestJob.objects.filter(document=call.id(model)).update(state=JobState.RUNNING)


fail_attachment, start_job_of_attachment = partial(fail_document, model="attachment"), partial(start_job, model="attachment")


def fail_job(call: Call) -> None:
    """A job that an operator may begin again: its document has nothing that answers."""
    fail_document(call)
    IngestJob.objects.filter(pk=call.id("ingestjob")).update(state=JobState.FAILED)


def fail_run(call: Call) -> None:
    Run.objects.filter(pk=call.id("run")).update(state=RunState.FAILED)


def start_run(call: Call) -> None:
    RunEvent.objects.filter(run=call.id("run")).delete()
    Run.objects.filter(pk=call.id("run")).update(state=RunState.ACCEPTED, finished_at=None)


def a_file(call: Call) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("notes.txt", b"Words of a new document.")}


def some_tags(call: Call) -> dict[str, Any]:
    return {"tags": "lease, 2026"}


def selected(action: str, model: str = "document") -> Body:
    return lambda call: {"action": action, "document": [call.id(model)], "confirmed": "yes"}


def of_jobs(action: str) -> Body:
    """What the administration's list sends for a row of it."""
    return lambda call: {"action": action, "_selected_action": [call.id("ingestjob", "own" if call.kind == "none" else "")], "post": "yes"}


def of_providers(action: str) -> Body:
    return lambda call: {"action": action, "_selected_action": [call.id("provider", "own" if call.kind == "none" else "")]}


def of_attachment(body: Body = nothing, **fields: Any) -> Recipe:
    """The same call about what is attached to a document."""
    return Recipe(body, variant="of an attachment", names="attachment", **fields)


def a_question(call: Call) -> dict[str, Any]:
    return {"question": "Where is it?"}


def within(name: str, model: str) -> Body:
    return lambda call: {"query": "canary", "filters": {name: [call.id(model)]}}


def who(model: str, **others: str) -> Body:
    """Whom a form names, by the id that varies."""
    kind = "member" if model == "membership" else model
    return lambda call: {"who": f"{kind}:{call.id(model)}", "confirmed": "yes", **others}


def a_key(call: Call) -> dict[str, Any]:
    return {"name": "Nightly import", "scopes": ["document.view"], "days": "90", "once": str(uuid.uuid4())}


def sign_in(call: Call) -> dict[str, Any]:
    return {"login": "nobody@example.org", "password": "a wrong passphrase"}


RECIPES: dict[tuple[str, str], list[Recipe]] = {
    # The model that comes with Quire says at once that it was given nothing to quote. Vectors would take the embedder: who may ask is told
    # what is wrong with the request.
    ("openai:chat-completions", "POST"): [
        Recipe(lambda call: {"model": "extractive", "messages": [{"role": "user", "content": "Hello"}]}, is_json=True),
        Recipe(lambda call: {"model": "quire", "messages": [{"role": "user", "content": "Hello"}]}, is_json=True, variant="of the library"),
    ],
    ("openai:embeddings", "POST"): [Recipe(lambda call: {"model": "absent", "input": []}, is_json=True)],
    ("openai:model", "GET"): [Recipe(path="v1/models/extractive"), Recipe(path="v1/models/quire", variant="of the library")],
    ("documents:library", "GET"): [Recipe(), Recipe(query=lambda call: f"collection={call.id('collection')}", variant="of a collection", varies="collection")],
    ("documents-search:search", "GET"): [
        Recipe(query=lambda call: "q=canary"),
        Recipe(query=lambda call: f"q=canary&collection={call.id('collection')}", variant="of a collection", varies="collection"),
    ],
    ("documents:rows", "GET"): [
        Recipe(),
        Recipe(query=lambda call: f"ids={call.id('document')}", variant="of a document", varies="document"),
        Recipe(query=lambda call: f"ids={call.id('attachment')}", variant="of an attachment", varies="attachment"),
        Recipe(query=lambda call: f"collection={call.id('collection')}", variant="of a collection", varies="collection"),
    ],
    ("documents:selected", "POST"): [
        Recipe(selected("retry"), prepare=fail_document, variant="again", varies="document"),
        Recipe(selected("cancel"), prepare=start_job, variant="cancelled", varies="document"),
        Recipe(selected("delete"), variant="deleted", varies="document"),
        Recipe(selected("retry", "attachment"), prepare=fail_attachment, variant="again of an attachment", varies="attachment"),
        Recipe(selected("cancel", "attachment"), prepare=start_job_of_attachment, variant="cancelled of an attachment", varies="attachment"),
        Recipe(selected("delete", "attachment"), variant="deleted of an attachment", varies="attachment"),
    ],
    ("documents:upload", "POST"): [
        Recipe(a_file),
        Recipe(lambda call: {**a_file(call), "collection": call.id("collection")}, variant="to a collection", varies="collection"),
    ],
    ("documents:collection-create", "POST"): [Recipe(lambda call: {"name": "New shelf", "everyone": "read"})],
    ("documents:collection-change", "POST"): [Recipe(lambda call: {"name": "Other name", "everyone": "read", "confirmed": "yes"})],
    ("documents:collection-grant", "POST"): [
        Recipe(lambda call: {"who": f"group:{call.own('group')}", "level": "read", "confirmed": "yes"}),
        *(Recipe(who(model, level="read"), variant=f"to a {model}", varies=model) for model in ("membership", "group")),
    ],
    ("documents:collection-revoke", "POST"): [
        Recipe(lambda call: {"who": f"member:{call.id('membership', 'group')}", "confirmed": "yes"}),
        *(Recipe(who(model), variant=f"of a {model}", varies=model) for model in ("membership", "group")),
    ],
    ("documents:document", "GET"): [Recipe(), of_attachment()],
    ("documents:original", "GET"): [Recipe(), of_attachment()],
    ("documents:access", "GET"): [Recipe(), of_attachment()],
    ("documents:access-change", "POST"): [
        Recipe(lambda call: {"access": "public", "confirmed": "yes"}),
        of_attachment(lambda call: {"access": "public", "confirmed": "yes"}),
    ],
    ("documents:access-move", "POST"): [
        Recipe(lambda call: {"collection": call.own("collection"), "confirmed": "yes"}),
        Recipe(lambda call: {"collection": call.id("collection"), "confirmed": "yes"}, variant="to a collection", varies="collection"),
        of_attachment(lambda call: {"collection": call.own("collection"), "confirmed": "yes"}),
    ],
    ("documents:access-share", "POST"): [
        Recipe(lambda call: {"who": f"group:{call.own('group')}"}),
        of_attachment(lambda call: {"who": f"group:{call.own('group')}"}),
        *(Recipe(who(model), variant=f"with a {model}", varies=model) for model in ("membership", "group")),
    ],
    ("documents:access-unshare", "POST"): [
        Recipe(lambda call: {"who": f"member:{call.id('membership', 'group')}", "confirmed": "yes"}),
        of_attachment(lambda call: {"who": f"member:{call.id('membership', 'group')}", "confirmed": "yes"}),
        *(Recipe(who(model), variant=f"with a {model}", varies=model) for model in ("membership", "group")),
    ],
    ("documents:tags-change", "POST"): [Recipe(some_tags), of_attachment(some_tags)],
    ("documents:retry", "POST"): [Recipe(prepare=fail_document), of_attachment(prepare=fail_attachment)],
    ("documents:cancel", "POST"): [Recipe(prepare=start_job), of_attachment(prepare=start_job_of_attachment)],
    ("documents:delete", "POST"): [Recipe(), of_attachment()],
    ("documents-api:documents", "GET"): [
        Recipe(),
        Recipe(query=lambda call: f"collection={call.id('collection')}", variant="of a collection", varies="collection"),
    ],
    ("documents-api:search", "POST"): [
        Recipe(lambda call: {"query": "canary"}, is_json=True),
        Recipe(within("collections", "collection"), is_json=True, variant="of a collection", varies="collection"),
        Recipe(within("documents", "document"), is_json=True, variant="of a document", varies="document"),
    ],
    ("documents-api:document", "GET"): [Recipe(), of_attachment()],
    ("documents-api:document-retry", "POST"): [Recipe(prepare=fail_document, is_json=True), of_attachment(prepare=fail_attachment, is_json=True)],
    ("documents-api:document-cancel", "POST"): [Recipe(prepare=start_job, is_json=True), of_attachment(prepare=start_job_of_attachment, is_json=True)],
    ("documents-api:document", "PATCH"): [
        Recipe(lambda call: {"tags": ["lease", "2026"]}, is_json=True),
        of_attachment(lambda call: {"tags": ["lease", "2026"]}, is_json=True),
    ],
    ("documents-api:document", "DELETE"): [Recipe(), of_attachment()],
    ("documents-api:documents", "POST"): [
        Recipe(a_file),
        Recipe(lambda call: {**a_file(call), "collection": call.id("collection")}, variant="to a collection", varies="collection"),
    ],
    ("chat:ask", "POST"): [
        Recipe(a_question),
        Recipe(lambda call: {**a_question(call), "conversation": call.id("conversation")}, variant="in a conversation", varies="conversation"),
    ],
    ("chat:run-stop", "POST"): [Recipe(prepare=start_run)],
    ("chat:run-retry", "POST"): [Recipe(prepare=fail_run)],
    ("api-query", "POST"): [
        Recipe(a_question, is_json=True),
        Recipe(lambda call: {**a_question(call), "conversation": call.id("conversation")}, is_json=True, variant="in a conversation", varies="conversation"),
    ],
    ("api-runs", "POST"): [
        Recipe(a_question, is_json=True),
        Recipe(lambda call: {**a_question(call), "conversation": call.id("conversation")}, is_json=True, variant="in a conversation", varies="conversation"),
        Recipe(lambda call: {**a_question(call), "collection": call.id("collection")}, is_json=True, variant="to a collection", varies="collection"),
    ],
    ("api-run-events", "GET"): [Recipe(), Recipe(prepare=start_run, variant="of a live run")],
    ("api-run-cancel", "POST"): [Recipe(prepare=start_run, is_json=True)],
    ("api-run-retry", "POST"): [Recipe(prepare=fail_run, is_json=True)],
    ("accounts:key-make", "POST"): [Recipe(a_key)],
    ("accounts:key-rotate", "POST"): [Recipe(lambda call: {"grace_hours": "24"})],
    ("accounts:key-revoke", "POST"): [Recipe()],
    ("account_login", "POST"): [Recipe(sign_in)],
    ("account_logout", "POST"): [Recipe()],
    ("account_signup", "POST"): [Recipe(lambda call: {"email": "new@example.org", "password1": "a long enough passphrase"})],
    ("account_reauthenticate", "POST"): [Recipe(lambda call: {"password": "a wrong passphrase"})],
    ("account_email", "POST"): [Recipe(lambda call: {"email": "new@example.org", "action_add": ""})],
    ("account_change_password", "POST"): [
        Recipe(lambda call: {"oldpassword": "wrong", "password1": "another long passphrase", "password2": "another long passphrase"})
    ],
    ("account_set_password", "POST"): [Recipe(lambda call: {"password1": "another long passphrase", "password2": "another long passphrase"})],
    ("account_reset_password", "POST"): [Recipe(lambda call: {"email": "nobody@example.org"})],
    ("account_confirm_login_code", "POST"): [Recipe(lambda call: {"code": "000000"})],
    ("account_confirm_email", "GET"): [Recipe(path="accounts/confirm-email/unknown/")],
    ("account_confirm_email", "POST"): [Recipe(path="accounts/confirm-email/unknown/")],
    ("account_reset_password_from_key", "GET"): [Recipe(path="accounts/password/reset/key/1-unknown/")],
    ("account_reset_password_from_key", "POST"): [Recipe(path="accounts/password/reset/key/1-unknown/")],
    ("admin:logout", "POST"): [Recipe()],
    ("admin:password_change", "POST"): [
        Recipe(lambda call: {"old_password": "wrong", "new_password1": "another long passphrase", "new_password2": "another long passphrase"})
    ],
    ("admin:app_list", "GET"): [Recipe(path="admin/accounts/")],
    ("admin:", "GET"): [Recipe(path="admin/nowhere/")],
    ("admin:view_on_site", "GET"): [Recipe(path="admin/r/1/1/")],
    ("admin:accounts_auditentry_export", "POST"): [Recipe()],
    ("admin:documents_ingestjob_changelist", "POST"): [
        Recipe(of_jobs("delete_selected")),
        Recipe(of_jobs("retry_jobs"), prepare=fail_job, variant="again", varies="ingestjob"),
        Recipe(of_jobs("cancel_jobs"), prepare=start_job, variant="cancelled", varies="ingestjob"),
    ],
    ("admin:gateway_provider_changelist", "POST"): [
        Recipe(of_providers("delete_selected")),
        Recipe(of_providers("try_out"), variant="tried", varies="provider"),
    ],
    ("admin:auth_user_password_change", "POST"): [
        Recipe(lambda call: {"usable_password": "true", "password1": "another long passphrase", "password2": "another long passphrase"})
    ],
}


def autocomplete_recipes() -> list[Recipe]:
    """One for each field of the administration that is chosen by typing."""
    fields = [(page.model._meta, name) for page in admin.site._registry.values() for name in page.autocomplete_fields]
    return [_autocomplete(model.app_label, str(model.model_name), name) for model, name in fields]


def _autocomplete(app: str, model: str, name: str) -> Recipe:
    return Recipe(query=lambda call: f"app_label={app}&model_name={model}&field_name={name}&term=o", variant=f"of {app}.{model}.{name}")


def admin_recipes(route: Route, method: str) -> list[Recipe]:
    """Django's own pages of a model: their ids name a row of that model."""
    model = route.model_admin.model._meta.model_name
    page = route.name.rpartition("_")[2]
    bodies: dict[str, Body] = {
        "changelist": lambda call: {"action": "delete_selected", "_selected_action": [call.own(model)], "post": "yes"},
        "delete": lambda call: {"post": "yes"},
    }
    return [Recipe(bodies.get(page, nothing))]
