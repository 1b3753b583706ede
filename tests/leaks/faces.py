"""Every way to search. Each gives what it found as plain values, by which two askings can be compared to the last digit."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from asgiref.sync import async_to_sync
from django.core.management import call_command
from django.test import Client

from apps.accounts.types import Reader
from apps.chat.tools import TOOLS
from apps.documents.search import Filters, Mode
from apps.documents.search.hybrid import find
from apps.documents.search.question import read_question
from apps.documents.search.types import Request

_TITLE = re.compile(r"Paper \d{6}")
# Of a form, and of a request that found nothing.
_CHANCE = re.compile(r'name="csrfmiddlewaretoken" value="\w+"|[0-9a-f]{32}')
_MARKS = re.compile(r"</?mark>")


@dataclass(frozen=True)
class Outcome:
    """`titles` are those that were shown; `told` is all that was said."""

    titles: frozenset[str]
    told: Any


@dataclass
class Asker:
    """Somebody, signed in."""

    reader: Reader
    client: Client = field(default_factory=Client)

    def __post_init__(self) -> None:
        self.client.force_login(self.reader.user)


Face = Callable[[Asker, str, Filters], Outcome]


def _mode(mode: Mode) -> Face:
    def ask(asker: Asker, query: str, filters: Filters) -> Outcome:
        results = async_to_sync(find)(asker.reader, Request(read_question(query, filters), limit=20, mode=mode))
        told = [(hit.passage_id, hit.score, hit.explanation, [one.passage_id for one in (*hit.alike, *hit.neighbours)]) for hit in results.hits]
        shown = {one.title for hit in results.hits for one in (hit, *hit.alike, *hit.neighbours)}
        return Outcome(frozenset(shown), [told, results.has_more, results.is_without_meaning])

    return ask


def _tool(asker: Asker, query: str, filters: Filters) -> Outcome:
    """The agent's, for which marks are words and which has no filters."""

    async def who() -> Reader:
        return asker.reader

    found = async_to_sync(TOOLS["search"].make(who))(query, 20)
    return Outcome(frozenset(one.title for one in found), [asdict(one) for one in found])


def _api(asker: Asker, query: str, filters: Filters) -> Outcome:
    named = {"documents": filters.document_ids, "collections": filters.collection_ids}
    body: dict[str, Any] = {"query": query, "limit": 20}
    if chosen := {name: [str(one) for one in ids] for name, ids in named.items() if ids is not None}:
        body["filters"] = chosen
    response = asker.client.post("/api/v1/search", body, content_type="application/json")
    return Outcome(_titles(response.content.decode()), [response.status_code, response.json()])


def _page(**headers: str) -> Face:
    def ask(asker: Asker, query: str, filters: Filters) -> Outcome:
        sent = {"q": query, "limit": "20"}
        if filters.collection_ids:
            sent["collection"] = str(next(iter(filters.collection_ids)))
        response = asker.client.get("/w/acme/search/", sent, headers=headers)
        shown = [item.partition("</h2>")[0] for item in response.content.decode().split('<li class="result">')[1:]]
        return Outcome(_titles("\n".join(shown)), [response.status_code, _CHANCE.sub("", response.content.decode())])

    return ask


def _command(asker: Asker, query: str, filters: Filters) -> Outcome:
    out = io.StringIO()
    call_command("search", query, email=asker.reader.user.email, limit=20, json=True, stdout=out)
    body = json.loads(out.getvalue())
    return Outcome(_titles(out.getvalue()), body)


def _titles(text: str) -> frozenset[str]:
    return frozenset(_TITLE.findall(_MARKS.sub("", text)))


FACES: dict[str, Face] = {
    **{f"mode {mode.value}": _mode(mode) for mode in Mode},
    "the agent's tool": _tool,
    "the API": _api,
    "the page": _page(),
    "the page's script": _page(**{"HX-Request": "true"}),
    "the command": _command,
}
