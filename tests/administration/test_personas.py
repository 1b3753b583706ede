"""What each operator role opens: which lists, to look at or to change, and nothing else."""

import pytest
from django.contrib import admin
from django.utils import timezone

from apps.accounts.models import OperatorRole
from apps.accounts.operators import AREAS, Level
from apps.documents.models import IngestJob

pytestmark = pytest.mark.django_db

LISTS = {f"{model._meta.app_label}.{model._meta.model_name}": f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry}
PEOPLE = {"accounts.user", "accounts.workspace", "accounts.membership", "accounts.group", "accounts.groupmember", "accounts.role"}
MODELS = {"gateway.provider", "gateway.model", "gateway.route", "gateway.guardpolicy"}
CALLS = {"gateway.querylog", "gateway.usagerecord"}
BUDGETS = {"gateway.budget"}
# Written out a second time on purpose: what a role sees is nobody's accident.
OPENS = {
    "administrator": PEOPLE
    | MODELS
    | CALLS
    | BUDGETS
    | {"accounts.apikey", "accounts.auditentry", "documents.collection", "documents.document", "documents.ingestjob", "chat.run"},
    "developer": MODELS | CALLS | {"documents.ingestjob", "chat.run"},
    "deployer": MODELS,
    "operations": PEOPLE | MODELS | CALLS | BUDGETS | {"accounts.apikey", "accounts.auditentry", "documents.ingestjob", "chat.run"},
    "ai_engineer": MODELS | CALLS | {"documents.collection", "documents.document", "documents.ingestjob", "chat.run"},
}
# Rows are added here; a document, a run, a job, a key and an entry are made by the product.
ADDS = {"administrator": PEOPLE | MODELS | BUDGETS, "developer": set(), "deployer": set(), "operations": set(), "ai_engineer": MODELS}
DELETES = {role: models - {"accounts.user", "accounts.workspace"} for role, models in ADDS.items()}
PAGES = {
    "administrator": {"models", "settings", "operator-roles"},
    "developer": {"models", "settings", "operator-roles"},
    "deployer": {"models", "settings", "operator-roles"},
    "operations": {"models", "settings", "operator-roles"},
    "ai_engineer": {"models", "operator-roles"},
}
ROLES = list(OPENS)


def test_every_operator_role_is_looked_at():
    assert sorted(ROLES) == sorted(OperatorRole.values)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_lists_and_no_other(operator_client, role):
    client = operator_client(role)
    answers = {model: client.get(address).status_code for model, address in LISTS.items()}
    assert {model for model, status in answers.items() if status == 200} == OPENS[role] & LISTS.keys()
    assert {status for model, status in answers.items() if model not in OPENS[role]} <= {403}


@pytest.mark.parametrize("role", ROLES)
def test_the_table_of_areas_says_the_same(role):
    said = {model for area in AREAS for model in area.models if area.levels.get(role, Level.NONE) >= Level.VIEW}
    # Grants and a route's models have no list of their own: they stand on the pages of what they open or answer for.
    assert said - {"documents.collectiongrant", "documents.documentgrant", "gateway.routetarget"} == OPENS[role]


@pytest.mark.parametrize("role", ROLES)
def test_only_what_a_role_may_change_has_a_form_to_add(operator_client, role):
    client = operator_client(role)
    assert {model for model, address in LISTS.items() if client.get(f"{address}add/").status_code == 200} == ADDS[role]


@pytest.mark.parametrize("role", ROLES)
def test_only_what_a_role_may_delete_has_a_page_for_it(make_user, role, rf):
    request = rf.get("/admin/")
    request.user = make_user("op", operator_role=role)
    deletable = {f"{model._meta.app_label}.{model._meta.model_name}" for model, pages in admin.site._registry.items() if pages.has_delete_permission(request)}
    assert deletable == DELETES[role]


@pytest.mark.parametrize("role", ROLES)
def test_the_index_shows_the_roles_areas_alone(operator_client, role):
    page = operator_client(role).get("/admin/").content.decode()
    assert {model for model, address in LISTS.items() if f'href="{address}"' in page} == OPENS[role] & LISTS.keys()
    assert {name for name in ("models", "settings", "operator-roles") if f'href="/admin/{name}/"' in page} == PAGES[role]
    assert "Recent actions" not in page


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_pages_and_no_other(operator_client, role):
    client = operator_client(role)
    for name in ("models", "settings", "operator-roles"):
        assert client.get(f"/admin/{name}/").status_code == (200 if name in PAGES[role] else 403)
        assert client.post(f"/admin/{name}/").status_code == 405


@pytest.mark.parametrize("name", ["models", "settings", "operator-roles"])
def test_the_pages_are_the_operators_alone(client_for, alice, acme, name):
    assert client_for().get(f"/admin/{name}/").status_code == 302
    assert client_for(alice).get(f"/admin/{name}/").status_code == 302


@pytest.mark.parametrize("role", ["developer", "ai_engineer"])
def test_who_does_not_see_people_is_told_of_none(operator_client, role, make_document, bob, acme):
    from apps.chat.models import Conversation, Message, Run

    conversation = Conversation.objects.create(workspace=acme, owner=bob, title="t")
    question = Message.objects.create(conversation=conversation, role="user")
    answer = Message.objects.create(conversation=conversation, role="assistant", reply_to=question)
    Run.objects.create(conversation=conversation, question=question, answer=answer)
    handbook = make_document("Handbook")
    job = IngestJob.objects.create(document=handbook, owner=handbook.owner, hinted_at=timezone.now())
    client = operator_client(role)
    for address in ("/admin/chat/run/", "/admin/documents/document/", "/admin/documents/ingestjob/", f"/admin/documents/ingestjob/{job.pk}/change/"):
        page = client.get(address)
        if page.status_code == 200:
            assert "bob@example.org" not in page.content.decode()
            assert "Alice" not in page.content.decode()
    assert client.get("/admin/chat/run/?q=bob").content.decode().count("field-state") == 0


def test_the_table_of_roles_is_shown_whole(operator_client):
    page = operator_client("deployer").get("/admin/operator-roles/").content.decode()
    for area in AREAS:
        assert area.label in page
        assert area.help in page
    assert "Yours is Deployer" in page
    assert "/admin/accounts/user/" not in page


def test_settings_are_shown_without_secrets(operator_client, settings):
    from dataclasses import replace

    values = {
        "QUIRE_LLM_API_KEY": "sk-planted", "QUIRE_LLM_BASE_URL": "https://user:planted@models.example.org/v1", "QUIRE_SECRET_KEY_FILE": "/run/planted",
        "QUIRE_UPLOAD_MAX_BYTES": "many", "PORT": "8000", "QUIRE_WORKSPACE_NAME": "<b>Home</b>",
    }  # fmt: skip
    environment = replace(settings.QUIRE_ENVIRONMENT, values=values, problems=[])
    environment.integer("QUIRE_UPLOAD_MAX_BYTES", 52428800)
    settings.QUIRE_ENVIRONMENT = environment
    page = operator_client("deployer").get("/admin/settings/").content.decode()
    assert "planted" not in page
    assert "<b>Home" not in page
    rows = {row.split("</code>")[0].split("<code>")[-1]: " ".join(row.split()) for row in page.split("<tr>")[2:]}
    assert ">set<" in rows["QUIRE_LLM_API_KEY"]
    assert ">set<" in rows["QUIRE_SECRET_KEY"]
    assert ">not set<" in rows["QUIRE_EMBEDDINGS_API_KEY"]
    assert "https://…@models.example.org/v1" in rows["QUIRE_LLM_BASE_URL"]
    assert "What is set is not a whole number" in rows["QUIRE_UPLOAD_MAX_BYTES"]
    assert "52428800" in rows["QUIRE_UPLOAD_MAX_BYTES"]
    assert ">Default<" in rows["PORT"]
    assert "Environment" in rows["QUIRE_WORKSPACE_NAME"]
    assert not [name for name in rows if name.endswith("_FILE")]


def test_the_models_in_use_are_named_without_their_keys(operator_client, settings):
    settings.QUIRE_LLM_BASE_URL, settings.QUIRE_LLM_MODEL, settings.QUIRE_LLM_API_KEY = "https://models.example.org/v1", "big-model", "sk-planted"
    page = operator_client("ai_engineer").get("/admin/models/").content.decode()
    assert "big-model" in page
    assert "sk-planted" not in page
