"""How many queries each page and endpoint takes: the same with few rows and with ten times as many, and as the baseline says.

`python -m tests.rights.matrix --write --only queries` writes `tests/baselines/queries.json` anew.
"""

import json
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.doors import FOREIGN
from apps.accounts.models import ApiKey, AuditEntry, Group, GroupMember, Membership, Role, User, Workspace
from apps.chat.models import Citation, Conversation, Message, Run, RunState
from apps.documents.models import Collection, CollectionGrant, Document, DocumentGrant, DocumentVersion, IngestJob, JobState, Passage
from apps.gateway.models import Budget, GuardPolicy, Provider, QueryLog, Route, RouteTarget, UsageRecord
from apps.gateway.models import Model as LanguageModel
from tests.rights import calls
from tests.rights.recipes import Call
from tests.rights.world import World, make_world

BASELINE = Path(__file__).parent.parent / "baselines" / "queries.json"
# Enough to be ten times as many as the world has of anything that one of them sees.
MORE = 60


def reading_rows() -> list[calls.Row]:
    rows = [row for row in calls.list_rows()[0] if row.method == "GET"]
    return [row for row in rows if row.route.name not in FOREIGN or row.route.name.startswith("admin:")]


def who_reads(row: calls.Row) -> str:
    return "operator" if row.route.pattern.startswith("admin/") else "admin"


def count_queries(world: World) -> dict[str, int]:
    """By route, for what is shown; pages that lead elsewhere say nothing."""
    counts = {}
    for row in reading_rows():
        principal = who_reads(row)
        call = Call(world, principal, "own" if row.varies else calls.NONE)
        client = world.client(principal, "")
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            response = client.get(row.address(call))
            response.getvalue()
        if response.status_code == 200:
            counts[row.name] = len(queries)
    return dict(sorted(counts.items()))


def grow(world: World) -> None:
    """Many more rows, where the admin of Acme and the operator come to see them."""
    acme, admin = world.acme, world.people["admin"]
    conversation, document, shelf = (world.row(name, "own", "admin") for name in ("conversation", "document", "collection"))
    now = timezone.now()
    passages = [world.row("passage", "own", "admin")]
    for number in range(MORE):
        person = User.objects.create(email=f"more{number}@example.org", name=f"More {number}")
        member = Membership.objects.create(user=person, workspace=acme, role="viewer")
        group = Group.objects.create(workspace=acme, name=f"More {number}")
        GroupMember.objects.create(group=group, membership=member)
        Role.objects.create(workspace=acme, name=f"More {number}", permissions=["document.view"])
        Workspace.objects.create(name=f"More {number}", slug=f"more-{number}")
        ApiKey.objects.create(public_id=f"more{number}", digest="0", name="More", owner=admin, workspace=acme, scopes=[], expires_at=now)
        AuditEntry.objects.create(action="key.made", actor_id=admin.pk, workspace_id=acme.pk, actor=admin.email)
        CollectionGrant.objects.create(collection=shelf, member=member)
        DocumentGrant.objects.create(document=document, group=group)
        other = Collection.objects.create(workspace=acme, name=f"More {number}", slug=f"more-{number}", everyone="read")
        added = Document.objects.create(
            collection=other, owner=person, title=f"More {number}", kind="text", access="internal", state="ready", sha256=f"{number:064}", byte_size=1,
            original="x", source_name="x",
        )  # fmt: skip
        IngestJob.objects.create(document=added, state=JobState.DONE, hinted_at=now)
        text = "More words."
        passages.append(
            Passage.objects.create(
                version=DocumentVersion.objects.get(document=document), workspace=acme, ordinal=number + 1, text=text, start=0, end=len(text)
            )
        )
        _call_models(number, person, acme)
        _answer(Conversation.objects.create(workspace=acme, owner=admin, title=f"More {number}"), passages[-1])
        _answer(conversation, passages[-1])


def _call_models(number: int, person: User, workspace: Workspace) -> None:
    provider = Provider.objects.create(name=f"More {number}", kind="extractive")
    model = LanguageModel.objects.create(provider=provider, name="more")
    route = Route.objects.create(name=f"more-{number}")
    route.workspaces.add(workspace)
    RouteTarget.objects.create(route=route, model=model)
    GuardPolicy.objects.create(workspace=Workspace.objects.get(slug=f"more-{number}"))
    Budget.objects.create(user=person, tokens=1)
    call = {"call_id": uuid4(), "user_id": person.pk, "workspace_id": workspace.pk, "purpose": "answer", "provider": "x", "model": "more"}
    QueryLog.objects.create(kind="chat", latency_ms=1, outcome="answered", **call)
    UsageRecord.objects.create(attempt=1, input_tokens=1, output_tokens=1, **call)


def _answer(conversation: Conversation, passage: Passage) -> None:
    question = Message.objects.create(conversation=conversation, role="user", text="More?")
    answer = Message.objects.create(conversation=conversation, role="assistant", reply_to=question, text="More. [1]")
    Run.objects.create(conversation=conversation, question=question, answer=answer, state=RunState.COMPLETED, finished_at=timezone.now())
    version = passage.version
    Citation.objects.create(message=answer, number=1, passage=passage, version=version, document=version.document, start=0, end=4, support="supported")


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.timeout(600)
def test_queries_do_not_grow_with_rows_and_are_as_many_as_the_baseline_says(rights, catalogue_held_still):
    world = make_world()
    # Django reads what kind a row is once in the life of a process.
    count_queries(world)
    few = count_queries(world)
    grow(world)
    many = count_queries(world)
    # A page may show a link in place of very many rows, and so need fewer.
    assert {name: (few[name], many.get(name)) for name in few if many.get(name, few[name] + 1) > few[name]} == {}
    counts = {name: [few[name], many[name]] for name in few}
    rights.keep_baseline(BASELINE, counts)
    assert counts == json.loads(BASELINE.read_text())
