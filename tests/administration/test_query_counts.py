"""Each list costs the same number of queries however many rows it has."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import ApiKey, AuditEntry, Group, GroupMember, Membership, Role, User, Workspace
from apps.chat.models import Conversation, Message, Run
from apps.documents.models import Collection, CollectionGrant, Document, DocumentGrant, IngestJob
from apps.gateway.models import Budget, BudgetWindow, GuardPolicy, Model, Provider, QueryLog, Route, RouteTarget, UsageRecord

pytestmark = pytest.mark.django_db
LISTS = sorted(f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry)


def fill(number):
    """One more of everything that the administration lists."""
    person = User.objects.create(email=f"p{number}@example.org")
    workspace = Workspace.objects.create(name=f"House {number}", slug=f"house-{number}")
    role = Role.objects.create(workspace=workspace, name="Reads", permissions=["document.view"])
    member = Membership.objects.create(user=person, workspace=workspace, role="custom", custom_role=role)
    group = Group.objects.create(workspace=workspace, name="Team")
    GroupMember.objects.create(group=group, membership=member)
    later = timezone.now() + timedelta(days=1)
    ApiKey.objects.create(public_id=f"k{number}", digest="0", name="Bot", owner=person, workspace=workspace, scopes=[], expires_at=later)
    shelf = Collection.objects.create(workspace=workspace, name="Shelf", slug="shelf")
    CollectionGrant.objects.create(collection=shelf, group=group)
    fields = {"kind": "text", "sha256": "0" * 64, "byte_size": 1, "original": "x", "source_name": "x"}
    document = Document.objects.create(collection=shelf, owner=person, title="Plan", **fields)
    DocumentGrant.objects.create(document=document, group=group)
    IngestJob.objects.create(document=document, hinted_at=timezone.now())
    conversation = Conversation.objects.create(workspace=workspace, owner=person, title="t")
    question = Message.objects.create(conversation=conversation, role="user")
    answer = Message.objects.create(conversation=conversation, role="assistant", reply_to=question)
    Run.objects.create(conversation=conversation, question=question, answer=answer)
    AuditEntry.objects.create(action="key.made", actor_id=person.pk, workspace_id=workspace.pk)
    fill_gateway(number, person, workspace, group)


def fill_gateway(number, person, workspace, group):
    provider = Provider.objects.create(name=f"Provider {number}", base_url="https://models.example.org/v1", api_key="sk-secret")
    model = Model.objects.create(provider=provider, name=f"model-{number}", price_in=Decimal(1), price_out=Decimal(2))
    route = Route.objects.create(name=f"route-{number}", is_restricted=True)
    route.workspaces.add(workspace)
    RouteTarget.objects.create(route=route, model=model)
    GuardPolicy.objects.create(workspace=workspace, prohibited_words=["tulip"])
    for subject in ({"workspace": workspace}, {"group": group}, {"user": person}, {"api_key": ApiKey.objects.get(owner=person)}):
        budget = Budget.objects.create(money=Decimal(5), **subject)
        BudgetWindow.objects.create(budget=budget, starts_on=timezone.now().date().replace(day=1), spent_money=Decimal(1))
    who = {"user_id": person.pk, "workspace_id": workspace.pk, "purpose": "answer", "provider": provider.name, "model": model.name}
    call = uuid4()
    QueryLog.objects.create(call_id=call, kind="chat", latency_ms=40, outcome="answered", guards={"secrets.key": {"count": 1}}, **who)
    UsageRecord.objects.create(call_id=call, attempt=1, input_tokens=5, output_tokens=6, money=Decimal("0.001"), **who)


def count(client, address):
    # Django reads the kind of a row once in the life of a process.
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize("address", LISTS)
def test_a_list_costs_the_same_however_long_it_is(client_for, root, address):
    client = client_for(root)
    for number in range(3):
        fill(number)
    before = count(client, address)
    for number in range(3, 15):
        fill(number)
    assert count(client, address) == before
    assert before <= 12


def test_pages_with_rows_on_them_cost_the_same_too(client_for, root):
    client = client_for(root)
    for number in range(2):
        fill(number)
    house = Workspace.objects.get(slug="house-0")
    shelf = Collection.objects.get(workspace=house)
    group = Group.objects.get(workspace=house)
    pages = [f"/admin/accounts/workspace/{house.pk}/change/", f"/admin/accounts/group/{group.pk}/change/", f"/admin/documents/collection/{shelf.pk}/change/"]
    before = [count(client, page) for page in pages]
    people = User.objects.bulk_create([User(email=f"more{number}@example.org") for number in range(10)])
    for person in people:
        member = Membership.objects.create(user=person, workspace=house)
        GroupMember.objects.create(group=group, membership=member)
        CollectionGrant.objects.create(collection=shelf, member=member)
    assert [count(client, page) for page in pages] == before


def test_a_search_for_a_row_to_choose_costs_the_same(client_for, root):
    client = client_for(root)
    addresses = [
        f"/admin/autocomplete/?app_label=accounts&model_name={model}&field_name={field}&term="
        for model, field in (("groupmember", "membership"), ("groupmember", "group"), ("membership", "user"), ("membership", "workspace"))
    ]
    fill(0)
    before = [count(client, address) for address in addresses]
    for number in range(1, 12):
        fill(number)
    assert [count(client, address) for address in addresses] == before
