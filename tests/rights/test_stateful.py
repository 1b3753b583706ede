"""Whatever people do to each other's rights, in whatever order: afterwards everybody finds by every way what `model.py` says."""

from contextlib import nullcontext

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import TestCase
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from apps.accounts.models import ApiKey, Group, Membership, Role, User, Workspace
from apps.accounts.selectors.operators import get_operator
from apps.accounts.selectors.readers import get_reader
from apps.accounts.services import groups, keys, operators, people
from apps.chat.models import RunState
from apps.chat.services.asking import ask_question
from apps.chat.services.endings import CitedSpan, Ending, end_run
from apps.common import db
from apps.common.errors import QuireError
from apps.documents.ingest.pipeline import Models
from apps.documents.models import Collection, Document, Passage
from apps.documents.selectors import get_document
from apps.documents.services import collections, delete_document, embed_waiting, moving, receive_file, sharing
from tests.documents.conftest import MODEL, embed_texts, models_named, read_document
from tests.rights import calls
from tests.rights.model import Model, Paper, Shelf
from tests.rights.reading import Ways

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.timeout(3600)]

PEOPLE = ("ann", "ben", "cat", "dan")
ROLES = ("viewer", "member", "editor", "admin", "asks only")
GROUPS = ("team", "board")
SHELVES = ("open", "closed", "third")
PAPERS_MAX = 3

person = st.sampled_from(PEOPLE)
other = st.sampled_from(PEOPLE[1:])
name = st.sampled_from((*PEOPLE, *GROUPS))
shelf = st.sampled_from(SHELVES)
access = st.sampled_from(("public", "internal", "restricted"))
level = st.sampled_from(("read", "write", "manage"))
number = st.integers(0, PAPERS_MAX - 1)


class Rights(RuleBasedStateMachine):
    """The product on one side, the model on the other. One transaction an example, rolled back at its end."""

    # The sums over all tables when everybody was last asked.
    found_at: dict | None = None

    @initialize()
    def begin(self) -> None:
        cache.clear()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.model = Model(roles=dict(zip(PEOPLE, ("owner", "member", "viewer", "editor"), strict=True)), groups={name: set() for name in GROUPS})
        self.model.shelves = {"open": Shelf("write"), "closed": Shelf(), "third": Shelf("read")}
        self.acme = Workspace.objects.get(slug="acme")
        self.operator = get_operator(User.objects.get(email="root@example.org"))
        self.ids: dict[str, str] = {}
        self.made_count = 0
        self.key_texts: dict[str, str] = {}
        self.ways = Ways((*PEOPLE, "eve"))
        # Something to do things to.
        self.create("ben", "open", "internal")
        self.create("ann", "closed", "restricted")

    def teardown(self) -> None:
        if hasattr(self, "outer"):
            transaction.set_rollback(True)
            self.outer.__exit__(None, None, None)

    # --- what people do

    @rule(by=person, shelf=shelf, access=access)
    @precondition(lambda self: len(self.model.papers) < PAPERS_MAX)
    def add(self, by, shelf, access):
        self.create(by, shelf, access)

    def create(self, by, shelf, access):
        title = f"paper{self.made_count}x"
        file = SimpleUploadedFile(f"{title}.txt", f"The canary {title}sings.".encode())
        make = lambda reader: receive_file(reader, file=file, name=file.name, collection=self._shelf(shelf), access=access)  # noqa: E731
        received = self._does(by, self.model.adds_to(by, shelf), make)
        if received:
            self.made_count += 1
            with TestCase.captureOnCommitCallbacks(execute=True):
                read_document(received.document.jobs.latest("created_at").pk, models=_models())
                embed_waiting(make_models=lambda workspace_id: nullcontext(_models()))
            self.ids[title] = str(received.document.pk)
            self.model.papers[title] = Paper(by, shelf, access)

    @rule(by=person, number=number)
    def delete(self, by, number):
        title, paper = self._paper(number)
        if paper and self._does(by, self.model.manages(by, title), lambda reader: delete_document(reader, get_document(reader, paper.pk)) or True):
            del self.model.papers[title]

    @rule(by=person, number=number, access=access)
    def change_access(self, by, number, access):
        title, paper = self._paper(number)
        if paper and self._does(by, self.model.manages(by, title), lambda reader: sharing.set_access(reader, paper, access)):
            self.model.papers[title].access = access

    @rule(by=person, number=number, name=name)
    def share(self, by, number, name):
        title, paper = self._paper(number)
        if paper and self._does(
            by, self.model.manages(by, title) and self._is_known(name), lambda reader: (sharing.share_document(reader, paper, **self._who(name)), 1)
        ):
            self.model.papers[title].named.add(name)

    @rule(by=person, number=number, name=name)
    def unshare(self, by, number, name):
        title, paper = self._paper(number)
        if paper and self._does(
            by, self.model.manages(by, title) and self._is_known(name), lambda reader: (sharing.unshare_document(reader, paper, **self._who(name)), 1)
        ):
            self.model.papers[title].named.discard(name)

    @rule(by=person, number=number, shelf=shelf)
    def move(self, by, number, shelf):
        title, paper = self._paper(number)
        may = bool(paper) and self.model.manages(by, title) and self.model.adds_to(by, shelf)
        if paper and self._does(by, may, lambda reader: moving.move_document(reader, paper, self._shelf(shelf))):
            self.model.papers[title].shelf = shelf

    @rule(by=person, shelf=shelf, everyone=st.sampled_from(("none", "read", "write")))
    def open_shelf(self, by, shelf, everyone):
        if self._does(by, self.model.rules_shelf(by, shelf), lambda reader: collections.change_collection(reader, self._shelf(shelf), everyone=everyone)):
            self.model.shelves[shelf].everyone = everyone

    @rule(by=person, shelf=shelf, name=name, level=level)
    def grant(self, by, shelf, name, level):
        may = self.model.rules_shelf(by, shelf) and self._is_known(name)
        if self._does(by, may, lambda reader: collections.grant_collection(reader, self._shelf(shelf), level=level, **self._who(name))):
            self.model.shelves[shelf].granted[name] = level

    @rule(by=person, shelf=shelf, name=name)
    def revoke(self, by, shelf, name):
        may = self.model.rules_shelf(by, shelf) and self._is_known(name)
        if self._does(by, may, lambda reader: (collections.revoke_grant(reader, self._shelf(shelf), **self._who(name)), 1)):
            self.model.shelves[shelf].granted.pop(name, None)

    # --- what is done to people

    @rule(who=person, group=st.sampled_from(GROUPS), joins=st.booleans())
    def change_group(self, who, group, joins):
        if who in self.model.roles:
            change = groups.add_group_member if joins else groups.remove_group_member
            change(self.operator, group_id=self._who(group)["group"].pk, membership_id=self._member(who).pk)
            self.model.groups[group].add(who) if joins else self.model.groups[group].discard(who)

    @rule(who=other, role=st.sampled_from(ROLES))
    def change_role(self, who, role):
        custom = Role.objects.get(workspace=self.acme) if role == "asks only" else None
        given = {"role": "custom", "custom_role_id": custom.pk} if custom else {"role": role}
        if who in self.model.roles:
            people.change_role(self.operator, membership_id=self._member(who).pk, **given)
            self.model.roles[who] = role
        elif who not in self.model.disabled:
            people.add_member(self.operator, workspace_id=self.acme.pk, email=f"{who}@example.org", **given)
            self.model.roles[who] = role

    @rule(who=other)
    def remove(self, who):
        if who in self.model.roles:
            people.remove_member(self.operator, membership_id=self._member(who).pk)
            self.model.leave(who)

    @rule(who=other)
    def disable(self, who):
        operators.disable_person(self.operator, user_id=self._user(who).pk)
        self.model.disabled.add(who)

    @rule(who=other)
    def enable(self, who):
        if who in self.model.disabled:
            operators.enable_person(self.operator, user_id=self._user(who).pk)
            self.model.disabled.discard(who)
            self.ways.sign_in(who)

    # --- keys and questions

    @rule(by=person, reads=st.booleans())
    @precondition(lambda self: len(self.model.keys) < 3)
    def make_key(self, by, reads):
        scopes = [scope for scope, is_wanted in (("document.view", reads), ("chat.ask", True)) if is_wanted]
        made = self._does(by, self.model.may(by, "add"), lambda reader: keys.make_key(reader, name="Key", scopes=scopes))
        if made:
            key, text = made
            self.model.keys[str(key.pk)] = (by, reads)
            self.key_texts[str(key.pk)] = text

    @rule(data=st.data())
    @precondition(lambda self: self.model.keys)
    def revoke_key(self, data):
        key_id = data.draw(st.sampled_from(sorted(self.model.keys)))
        keys.revoke_key(self.operator, ApiKey.objects.get(pk=key_id))
        del self.model.keys[key_id]

    @rule(by=person, number=number)
    @precondition(lambda self: len(self.model.answers) < 4)
    def ask(self, by, number):
        """The run ends with an answer that cites a paper which its asker sees."""
        title, paper = self._paper(number)
        if not paper or not self.model.sees(by, title):
            return
        run = ask_question(get_reader(self._user(by), "acme"), text="What sings?")
        passage = Passage.objects.get(version__document=paper)
        span = CitedSpan(1, passage.pk, str(passage.version_id), str(paper.pk), None, 0, len(passage.text), "supported")
        end_run(run.pk, run.attempt, Ending(RunState.COMPLETED, text="Something does. [1]", citations=[span]), from_state=RunState.ACCEPTED)
        self.model.answers.append((by, title))

    # --- and what everybody then finds

    @invariant()
    def everybody_finds_what_they_may_and_nothing_else(self):
        now = calls.checksums() if hasattr(self, "ways") else None
        if now == self.found_at:
            # Refused, or nothing to do it to: what is read is what was read before.
            return
        self.found_at = now
        for reader in (*PEOPLE, "eve"):
            self.ways.check(self.model, reader, self.ids)
        for key_id, text in self.key_texts.items():
            self.ways.check_key(self.model, key_id, text)

    # --- how it is done

    def _does(self, by, may, act):
        """What came of it; None where the product refuses, which it must exactly where the model says so."""
        done, refusal = None, ""
        try:
            # What follows a commit follows here too, though there is none.
            with TestCase.captureOnCommitCallbacks(execute=True):
                done = act(get_reader(self._user(by), "acme"))
        except QuireError as error:
            refusal = error.detail
        assert bool(refusal) != bool(may), f"{by} {'should' if may else 'should not'} be able to: {refusal or 'it was done'}"
        return done

    def _paper(self, number):
        title = next(iter(sorted(self.model.papers)[number:]), "")
        return title, (Document.objects.get(pk=self.ids[title]) if title else None)

    def _is_known(self, name):
        return name in GROUPS or name in self.model.roles

    def _who(self, name):
        if name in GROUPS:
            return {"group": Group.objects.get(name=name)}
        # Of who left, a row that is gone.
        return {"member": self._member(name) or Membership(pk=10**9)}

    def _member(self, name):
        return Membership.objects.filter(user=self._user(name), workspace=self.acme).first()

    def _user(self, name):
        return User.objects.get(email=f"{name}@example.org")

    def _shelf(self, name):
        return Collection.objects.get(slug=name)


def _models() -> Models:
    return models_named(MODEL.name)


@pytest.fixture
def stage(settings, monkeypatch, make_user):
    """Acme with its people, groups and shelves, and eve, who owns another workspace."""
    for limit in [limit for limit in dir(settings) if limit.startswith("QUIRE_LIMIT_")]:
        setattr(settings, limit, 1_000_000)

    async def embed(principal, texts):
        return embed_texts(texts)

    monkeypatch.setattr("apps.documents.search.hybrid.embed", embed)
    monkeypatch.setattr("apps.documents.search.hybrid.get_embedding_model", lambda: MODEL)
    monkeypatch.setattr("apps.common.queue._send", lambda task, arguments: None)
    monkeypatch.setattr(db, "database_sync_to_async", lambda work, **options: sync_to_async(work))
    make_user("root", operator_role="administrator")
    acme = people.create_workspace(name="Acme", owner=make_user("ann"))
    people.create_workspace(name="Other", owner=make_user("eve"))
    for who, role in (("ben", "member"), ("cat", "viewer"), ("dan", "editor")):
        Membership.objects.create(user=make_user(who), workspace=acme, role=role)
    for group in GROUPS:
        Group.objects.create(workspace=acme, name=group)
    Role.objects.create(workspace=acme, name="Asks only", permissions=["chat.ask"])
    for slug, everyone in (("open", "write"), ("closed", "none"), ("third", "read")):
        Collection.objects.create(workspace=acme, name=slug, slug=slug, everyone=everyone)


@pytest.mark.parametrize("half", [0, 1])
def test_everybody_finds_what_they_may_whatever_happened(half, stage, request):
    """In two halves, so that two workers share the many sequences of `make prove-rights`."""
    count = request.config.getoption("--rights-sequences")
    chosen = settings(
        max_examples=(count + half) // 2 or 1,
        stateful_step_count=15,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(half)(Rights) if not count else Rights, settings=chosen)
