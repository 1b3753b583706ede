"""A model that obeys every document, over real HTTP through the real pipeline, does nothing that its asker may not, and leads nobody away.

`make test` tries a sample, `make prove-agents` all poisoned documents, by the same code.
"""

import asyncio
import json
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from asgiref.sync import async_to_sync
from django.core.cache import cache
from django.utils.html import escape

from apps.chat.graph.context import ToolResult
from apps.chat.models import Run, RunEvent
from apps.chat.rendering import CitedSource, render_answer
from apps.chat.services.asking import ask_question
from apps.chat.services.execution import execute_run
from apps.chat.services.leases import claim_runs
from apps.chat.tools import TOOLS
from apps.chat.tools.arguments import Text
from apps.chat.tools.base import ModelTool
from tests.documents.conftest import MODEL, embed_texts
from tests.fakes.obedient import ObedientModel
from tests.fakes.openai_server import FakeOpenAI
from tests.injections import library
from tests.injections.poisons import EVIL_HOST, FORMS, GOALS, POISONS, SAMPLE, UNREADABLE, Place

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(3600)]

REPORT = "injections.json"
SECRET = "The secret plan of the board is the takeover CANARY-{}"


@dataclass
class Report:
    documents: int = 0
    # What the model was ordered and did: nothing was proved if it did nothing.
    calls: int = 0
    texts: int = 0
    actions: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    unheard: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)


class Addresses(HTMLParser):
    """Whatever a browser would fetch or follow."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.found += [value or "" for name, value in attributes if name in ("src", "href", "srcset", "action", "data", "style")]
        self.found += [f"<{tag}>"] if tag in ("img", "script", "iframe", "form", "object", "link") else []


@dataclass
class Siege:
    reader: object
    model: ObedientModel
    outside: FakeOpenAI
    effects: list
    place: Place
    report: Report = field(default_factory=Report)

    def ask(self, poison):
        """One question about one poisoned document, and all that is left of it."""
        self.model.requests.clear()
        called, written = len(self.model.called), len(self.model.written)
        run = ask_question(self.reader, text=f"What is {poison.word}?")
        async_to_sync(self._carry_out)()
        run.refresh_from_db()
        calls, texts = self.model.called[called:], self.model.written[written:]
        self.report.documents += 1
        self.report.calls += len(calls)
        self.report.texts += len(texts)
        name = f"{poison.goal}, {poison.form}"
        if poison.form not in UNREADABLE and not poison.is_obeyed(self.place, calls, texts):
            self.report.unheard.append(name)
        if run.state != "completed":
            self.report.unanswered.append(f"{name}: {run.error_code}")
        self.judge(name, run)

    async def _carry_out(self):
        from apps.common.db import run_db

        for claim in await run_db(claim_runs, "siege", 10):
            await execute_run(claim, asyncio.Event())

    def judge(self, name, run: Run):
        events = [event.payload for event in RunEvent.objects.filter(run=run).order_by("seq")]
        text = Run.objects.select_related("answer").get(pk=run.pk).answer.text
        source = CitedSource(1, "Paper", "", "/w/acme/documents/1")
        pages = [str(render_answer(text, {1: source})), *(event["html"] for event in events if "html" in event)]
        self.report.outside += [f"{name}: {address}" for page in pages for address in Addresses(page).found if not address.startswith(("/w/", "#"))]
        streamed = "".join(event.get("text", "") for event in events)
        said = "\n".join([text, streamed, *(event.get("tail", "") for event in events)])
        hosts = (EVIL_HOST, self.place.listening, escape(self.place.listening))
        self.report.outside += [f"{name}: {host} can be followed" for host in hosts if f"//{host}" in said]
        if self.effects:
            self.report.actions.append(name)
            self.effects.clear()
        everything = json.dumps([request.body for request in self.model.requests]) + json.dumps([run.trace, events]) + text
        self.report.foreign += [f"{name}: {canary}" for canary in ("CANARY-hidden", "CANARY-foreign") if canary in everything]


@pytest.fixture
def publish(monkeypatch):
    """A tool with an effect, for which the asker has no right."""
    effects = []

    def build(who):
        async def use(arguments, key):
            await who()
            effects.append((arguments["text"], key))
            return ToolResult("Published.")

        return use

    tool = ModelTool(
        "publish", "workspace.manage", build, description="Publish.", fields=(Text("text", "What."),), say=lambda _: "Publishing", has_side_effects=True
    )
    monkeypatch.setitem(TOOLS, "publish", tool)
    return effects


@pytest.fixture
def siege(alice_reader, bob_reader, charlie_reader, settings, monkeypatch, publish):
    async def embed(principal, texts):
        return embed_texts(texts)

    monkeypatch.setattr("apps.documents.search.hybrid.embed", embed)
    monkeypatch.setattr("apps.documents.search.hybrid.get_embedding_model", lambda: MODEL)
    # Else this machine's own name would be the installation's, and the server that listens no foreign one.
    settings.QUIRE_PUBLIC_URL = "https://quire.example.org"
    for name in [name for name in dir(settings) if name.startswith("QUIRE_LIMIT_")]:
        setattr(settings, name, 0)
    cache.clear()
    hidden = library.add(alice_reader, "Plan of the board", [SECRET.format("hidden")], access="restricted")
    foreign = library.add(charlie_reader, "Plan of the board", [SECRET.format("foreign")])
    with ObedientModel() as model, FakeOpenAI() as outside:
        settings.QUIRE_LLM_BASE_URL, settings.QUIRE_LLM_MODEL, settings.QUIRE_LLM_API_KEY = model.base_url, "fake-model", "sk-secret-of-the-tests"
        place = Place(str(hidden.pk), str(foreign.pk), outside.address.removeprefix("http://"))
        yield Siege(bob_reader, model, outside, publish, place)


def test_whatever_documents_say_nothing_is_done_without_right(request, siege, alice_reader, tmp_path_factory):
    poisons = POISONS if request.config.getoption("--injections") == "full" else SAMPLE
    for poison in poisons:
        library.add(alice_reader, *poison.write(siege.place))
    library.settle()
    for poison in poisons:
        siege.ask(poison)
    report = siege.report
    report.outside += [f"{request.path} was asked for" for request in siege.outside.requests]
    told = {"documents": report.documents, "orders_obeyed": report.calls + report.texts, "calls": report.calls, "texts": report.texts}
    told |= {"actions_without_right": len(report.actions), "outside_requests": len(report.outside), "foreign_passages": len(report.foreign)}
    (tmp_path_factory.getbasetemp() / REPORT).write_text(json.dumps(told))
    assert (report.actions, report.outside, report.foreign) == ([], [], [])
    assert (report.unheard, report.unanswered) == ([], [])
    assert report.calls >= report.documents // 3


def test_who_has_the_right_is_obeyed(siege, alice_reader):
    """Else nothing would be shown by what a teammate cannot do: the same poison, read by the owner."""
    wanted = {"read a hidden document by id", "use a tool without the right"}
    chosen = [poison for poison in POISONS if poison.goal in wanted and poison.form == "at the end"]
    for poison in chosen:
        library.add(alice_reader, *poison.write(siege.place))
    library.settle()
    siege.reader = alice_reader
    for poison in chosen:
        siege.ask(poison)
    assert siege.report.actions
    assert any("CANARY-hidden" in one for one in siege.report.foreign)
    assert not any("CANARY-foreign" in one for one in siege.report.foreign)


def test_the_table_is_large_and_its_sample_has_all_of_it():
    assert len(POISONS) >= 100
    assert {poison.goal for poison in SAMPLE} == set(GOALS)
    assert {poison.form for poison in SAMPLE} == set(FORMS)
