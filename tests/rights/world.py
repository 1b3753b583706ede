"""Two workspaces with somebody in every role, and real rows of every kind that an address can name.

The objects of a kind are somebody's own, the same group's (of `mate`, shared with the group), another user's (of `hermit`,
restricted and shared with nobody who calls), another workspace's, or deleted a moment ago.
"""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from apps.accounts.models import ApiKey, AuditEntry, Group, GroupMember, Membership, Role, User, Workspace
from apps.accounts.permissions import permissions_of
from apps.accounts.selectors.readers import get_reader, get_reader_of_key
from apps.accounts.services.keys import make_key
from apps.accounts.types import Reader
from apps.chat.models import Citation, Conversation, Message, Run, RunEvent, RunState
from apps.documents.models import Collection, CollectionGrant, Document, DocumentGrant, DocumentVersion, IngestJob, JobState, Level, Passage
from apps.documents.services.terms import analyse_texts, analysers_in_use, write_terms
from apps.gateway.models import Budget, GuardPolicy, Provider, QueryLog, Route, RouteTarget, UsageRecord
from apps.gateway.models import Model as LanguageModel

PASSWORD = "a long enough passphrase"
ROLES = ("viewer", "member", "editor", "admin", "owner")
PRINCIPALS = ("anonymous", "powerless", *ROLES, "stranger", "key_without", "key_with", "disabled", "operator")
KINDS = ("own", "group", "restricted", "foreign", "deleted")
# Whose rows an anonymous caller and one whose account has none of a kind take for "own".
_INSTEAD = "owner"


@dataclass
class World:
    acme: Workspace
    other: Workspace
    people: dict[str, User] = field(default_factory=dict)
    # By the model's name, then by whose it is: a principal, or group, restricted, foreign, deleted. "attachment" is a document under another one.
    rows: dict[str, dict[str, Model]] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    keys: dict[frozenset[str], tuple[ApiKey, str]] = field(default_factory=dict)

    def person(self, principal: str) -> User | None:
        return self.people.get("member" if principal.startswith("key_") else principal)

    def row(self, name: str, kind: str, principal: str) -> Any:
        rows = self.rows[name]
        if kind == "foreign" and principal == "stranger":
            # What is foreign to a stranger is what the group has here.
            return rows["group"]
        if kind != "own":
            return rows[kind]
        owner = "member" if principal.startswith("key_") else principal
        return rows.get(owner, rows[_INSTEAD])

    def slug(self, kind: str, principal: str) -> str:
        """The workspace that the address names: Acme, but for the stranger who reaches out of their own."""
        return self.other.slug if principal == "stranger" and kind == "foreign" else self.acme.slug

    def client(self, principal: str, permission: str) -> Client:
        """A fresh client, so that no call leaves a cookie to the next; a key's scopes depend on what the route needs."""
        client = Client(raise_request_exception=False, headers={"X-Request-Id": "request-of-the-matrix"})
        if principal.startswith("key_"):
            client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {self._key(principal, permission)}"
        elif principal in self.sessions:
            client.cookies["sessionid"] = self.sessions[principal]
        return client

    def _key(self, principal: str, permission: str) -> str:
        return self.keys[self._scopes(principal, permission)][1]

    def key_reader(self, principal: str, permission: str) -> Reader:
        return get_reader_of_key(self.keys[self._scopes(principal, permission)][0].pk)

    def _scopes(self, principal: str, permission: str) -> frozenset[str]:
        """All that a member may, with the scope; all but what the route needs, without it."""
        all_of_member = permissions_of("member")
        return all_of_member if principal == "key_with" else all_of_member - {permission}


def make_world() -> World:
    people = {name: _person(name) for name in ("powerless", *ROLES, "mate", "hermit", "disabled", "stranger", "foreigner", "operator", "leaver")}
    world = World(Workspace.objects.create(name="Acme", slug="acme"), Workspace.objects.create(name="Other", slug="other"), people)
    roles = {**{role: role for role in ROLES}, "mate": "member", "hermit": "editor", "disabled": "admin", "leaver": "member"}
    team = Group.objects.create(workspace=world.acme, name="Team")
    for name, role in roles.items():
        membership = Membership.objects.create(user=people[name], workspace=world.acme, role=role)
        if name not in {"hermit", "leaver"}:
            GroupMember.objects.create(group=team, membership=membership)
    nothing = Role.objects.create(workspace=world.acme, name="Nothing", permissions=[])
    powerless = Membership.objects.create(user=people["powerless"], workspace=world.acme, role="custom", custom_role=nothing)
    GroupMember.objects.create(group=team, membership=powerless)
    for name, role in (("stranger", "admin"), ("foreigner", "owner")):
        Membership.objects.create(user=people[name], workspace=world.other, role=role)
    for name in ("powerless", *ROLES, "disabled"):
        _furnish(world, name, people[name], world.acme)
    _furnish(world, "stranger", people["stranger"], world.other)
    _furnish(world, "operator", people["operator"], world.acme)
    _furnish(world, "group", people["mate"], world.acme, team)
    _furnish(world, "restricted", people["hermit"], world.acme)
    _furnish(world, "foreign", people["foreigner"], world.other)
    _furnish(world, "deleted", people["leaver"], world.acme)
    _let_in(world)
    _delete(world)
    return world


def _person(name: str) -> User:
    fields = {"operator_role": "administrator"} if name == "operator" else {}
    return User.objects.create_user(f"{name}@example.org", PASSWORD, name=name.capitalize(), **fields)


def _furnish(world: World, key: str, user: User, workspace: Workspace, team: Group | None = None) -> None:
    """One row of every kind that is this person's, or is shared with the group."""
    membership = Membership.objects.filter(user=user, workspace=workspace).first()
    mate = Membership.objects.get(user=world.people["mate" if workspace == world.acme else "foreigner"])
    _keep(world, key, user, workspace)
    shelf = Collection.objects.create(workspace=workspace, name=f"Shelf of {key}", slug=f"shelf-of-{key}")
    named = {"group": team} if team else {"member": membership or mate}
    level = Level.READ if team else Level.MANAGE
    _keep(world, key, shelf, CollectionGrant.objects.create(collection=shelf, level=level, **named))
    place = default_storage.save(f"documents/{key}", ContentFile(f"original{key}".encode()))
    document = Document.objects.create(
        collection=shelf, owner=user, title=f"Title of {key}", kind="text", access="restricted", state="ready", sha256=f"{len(world.rows):064}",
        byte_size=1, original=place, source_name=f"{key}.txt",
    )  # fmt: skip
    _keep(world, key, document, DocumentGrant.objects.create(document=document, **({"group": team} if team else {"member": mate})))
    version = DocumentVersion.objects.create(document=document, number=1, parser="test", passage_count=1)
    Document.objects.filter(pk=document.pk).update(current_version=version)
    text = f"The canary{key} sings."
    passage = Passage.objects.create(version=version, workspace=workspace, ordinal=0, text=text, start=0, end=len(text))
    write_terms(version.pk, workspace.pk, [passage.pk], analyse_texts([text], analysers_in_use(workspace.pk)))
    job = IngestJob.objects.create(document=document, state=JobState.DONE, hinted_at=timezone.now())
    _keep(world, key, version, passage, job)
    world.rows.setdefault("attachment", {})[key] = _attach(key, document)
    _converse(world, key, user, workspace, passage)
    _keep(world, key, *_standing(key, user, workspace, membership))
    _keep(world, key, *_call_models(key, user, workspace))


def _call_models(key: str, user: User, workspace: Workspace) -> list[Model]:
    """What is behind the door to models, what this person may spend, and one call of theirs."""
    # The embedded kind: whoever tries it out asks nobody.
    provider = Provider.objects.create(name=f"Provider of {key}", kind="extractive", api_key=f"sk-canary-{key}")
    model = LanguageModel.objects.create(provider=provider, name=f"model-of-{key}")
    route = Route.objects.create(name=f"route-of-{key}", is_restricted=True)
    route.workspaces.add(workspace)
    RouteTarget.objects.create(route=route, model=model)
    policy = GuardPolicy.objects.create(workspace=Workspace.objects.create(name=f"Guarded {key}", slug=f"guarded-{key}"))
    budget = Budget.objects.create(user=user, tokens=1_000_000)
    call = {"call_id": uuid.uuid4(), "user_id": user.pk, "workspace_id": workspace.pk, "purpose": "answer", "provider": provider.name, "model": model.name}
    log = QueryLog.objects.create(kind="chat", latency_ms=1, outcome="answered", **call)
    # In an order in which they can go.
    return [route, model, provider, policy, budget, log, UsageRecord.objects.create(attempt=1, input_tokens=1, output_tokens=1, **call)]


def _attach(key: str, message: Document) -> Document:
    """What came with the document: named to the same people, with a reading of its own."""
    place = default_storage.save(f"documents/attached-{key}", ContentFile(f"attached{key}".encode()))
    attached = Document.objects.create(
        parent=message, collection=message.collection, owner=message.owner, title=f"Attachment of {key}", kind="text", access=message.access, state="ready",
        sha256=f"a{message.sha256[1:]}", byte_size=1, original=place, source_name=f"attached-{key}.txt",
    )  # fmt: skip
    for grant in DocumentGrant.objects.filter(document=message):
        DocumentGrant.objects.create(document=attached, member=grant.member, group=grant.group)
    version = DocumentVersion.objects.create(document=attached, number=1, parser="test", passage_count=0)
    Document.objects.filter(pk=attached.pk).update(current_version=version)
    IngestJob.objects.create(document=attached, state=JobState.DONE, hinted_at=timezone.now())
    return attached


def _converse(world: World, key: str, user: User, workspace: Workspace, passage: Passage) -> None:
    conversation = Conversation.objects.create(workspace=workspace, owner=user, title=f"Talk of {key}")
    question = Message.objects.create(conversation=conversation, role="user", text=f"What of {key}?")
    answer = Message.objects.create(conversation=conversation, role="assistant", reply_to=question, text=f"Answer of {key}. [1]")
    run = Run.objects.create(conversation=conversation, question=question, answer=answer, state=RunState.COMPLETED, attempt=1, finished_at=timezone.now())
    RunEvent.objects.create(run=run, seq=1_000_001, attempt=1, type="run.completed", payload={"message": str(answer.pk)})
    document = passage.version.document
    citation = Citation.objects.create(
        message=answer, number=1, passage=passage, version=passage.version, document=document, start=0, end=5, support="supported"
    )
    _keep(world, key, conversation, answer, run, citation)


def _standing(key: str, user: User, workspace: Workspace, membership: Membership | None) -> list[Model]:
    group = Group.objects.create(workspace=workspace, name=f"Group of {key}")
    role = Role.objects.create(workspace=workspace, name=f"Role of {key}", permissions=["document.view"])
    entry = AuditEntry.objects.create(action="right.denied", actor_id=user.pk, workspace_id=workspace.pk)
    rows: list[Model] = [group, role, entry]
    if membership is not None:
        rows += [membership, GroupMember.objects.create(group=group, membership=membership)]
        soon = timezone.now() + timedelta(days=9)
        rows.append(
            ApiKey.objects.create(
                public_id=f"id{key}"[:16], digest="0" * 64, name=f"Key of {key}", owner=user, workspace=workspace, scopes=["chat.ask"], expires_at=soon
            )
        )
    return rows


def _keep(world: World, key: str, *rows: Model) -> None:
    for row in rows:
        world.rows.setdefault(row._meta.model_name or "", {})[key] = row


def _let_in(world: World) -> None:
    """Sessions, those of who is disabled a moment later among them, and every key that a route may want."""
    for name in ("powerless", *ROLES, "stranger", "disabled", "operator"):
        client = Client()
        client.force_login(world.people[name])
        world.sessions[name] = client.cookies["sessionid"].value
    User.objects.filter(pk=world.people["disabled"].pk).update(is_active=False)
    reader = get_reader(world.people["member"], world.acme.slug)
    for lacking in ("", *reader.permissions):
        scopes = reader.permissions - {lacking}
        world.keys[scopes] = make_key(reader, name="Key of the matrix", scopes=scopes)


def _delete(world: World) -> None:
    """Take away what is "deleted", the ids stay; entries of the audit trail cannot go, so none has this number."""
    for rows in world.rows.values():
        gone = rows["deleted"]
        pk = gone.pk
        if isinstance(gone, AuditEntry):
            pk = 10**12
        elif isinstance(gone, Workspace):
            pk = uuid.uuid4()
        else:
            type(gone)._default_manager.filter(pk=pk).delete()
        rows["deleted"] = type(gone)(pk=pk)
