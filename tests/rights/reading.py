"""Every way by which somebody could come to see a document, tried and held against the model."""

import re

from asgiref.sync import async_to_sync
from django.test import Client

from apps.accounts.models import User
from apps.accounts.selectors.readers import get_reader
from apps.common.errors import NotFound
from apps.documents.search import search
from tests.rights.model import Model

ACME = {"X-Quire-Workspace": "acme"}
_TITLE = re.compile(rb"paper\d+x")
_CANARY = re.compile(rb"(paper\d+x)sings")


class Ways:
    """Holds a session of everybody from the beginning, also of those who are switched off later."""

    def __init__(self, people: tuple[str, ...]) -> None:
        self.clients: dict[str, Client] = {}
        for name in people:
            self.sign_in(name)

    def sign_in(self, name: str) -> None:
        client = Client(raise_request_exception=True)
        client.force_login(User.objects.get(email=f"{name}@example.org"))
        self.clients[name] = client

    def check(self, model: Model, name: str, ids: dict[str, str]) -> None:
        self._check_lists(model, name)
        for title, document_id in ids.items():
            self._check_paper(model, name, title, document_id)
        self._check_answers(model, name)
        self._check_searches(model, name)

    def check_key(self, model: Model, key_id: str, text: str) -> None:
        owner, reads = model.keys.get(key_id, ("", False))
        status, titles = 401, set()
        if owner and model.is_in(owner):
            is_let_in = reads and model.may(owner, "view")
            status, titles = (200, model.seen(owner)) if is_let_in else (403, set())
        response = Client().get("/api/v1/documents", headers={"Authorization": f"Bearer {text}"})
        assert (response.status_code, _titles(response.content)) == (status, titles), f"a key of {owner}"

    def _check_lists(self, model: Model, name: str) -> None:
        refused = _refused(model, name)
        for address, headers in (("/w/acme/library/", {}), ("/api/v1/documents", ACME)):
            response = self.clients[name].get(address, headers=headers)
            status = 401 if headers and refused == 302 else refused
            assert (response.status_code, _titles(response.content)) == (status or 200, model.seen(name)), f"{name} at {address}"
        response = self.clients[name].get("/w/acme/")
        assert response.status_code == (refused or 200)
        if not refused:
            assert response.context["library"]["document_count"] == len(model.seen(name)), f"the number that {name} is told"

    def _check_searches(self, model: Model, name: str) -> None:
        assert self._searched(name) == model.seen(name), f"{name} searched"
        refused = _refused(model, name)
        page = self.clients[name].get("/w/acme/search/?q=canary&limit=100")
        answer = self.clients[name].post("/api/v1/search", {"query": "canary", "limit": 100}, content_type="application/json", headers=ACME)
        for response, status in ((page, refused), (answer, 401 if refused == 302 else refused)):
            assert (response.status_code, _titles(response.content)) == (status or 200, model.seen(name)), f"{name} searched by {response.request['PATH_INFO']}"

    def _check_paper(self, model: Model, name: str, title: str, document_id: str) -> None:
        status = _refused(model, name) or (200 if model.sees(name, title) else 404)
        pages = [f"/w/acme/library/{page}" for page in (f"{document_id}/", f"rows/?ids={document_id}", f"{document_id}/original/")]
        found = {page: self.clients[name].get(page).status_code for page in pages}
        found["api"] = self.clients[name].get(f"/api/v1/documents/{document_id}", headers=ACME).status_code
        wanted = dict.fromkeys(pages, status) | {"api": 401 if status == 302 else status}
        assert found == wanted, f"{name} at {title}"

    def _check_answers(self, model: Model, name: str) -> None:
        """The quote of a citation is shown to its asker only while they see what it is from."""
        if _refused(model, name):
            return
        from apps.chat.models import Conversation

        mine = Conversation.objects.filter(owner__email=f"{name}@example.org").order_by("created_at")
        cited = [title for asker, title in model.answers if asker == name]
        assert len(mine) == len(cited)
        for conversation, title in zip(mine, cited, strict=True):
            shown = set(_CANARY.findall(self.clients[name].get(f"/w/acme/chat/{conversation.pk}/").content))
            assert shown == ({title.encode()} if model.sees(name, title) else set()), f"the quote of {title} that {name} is shown"

    def _searched(self, name: str) -> set[str]:
        try:
            reader = get_reader(User.objects.get(email=f"{name}@example.org"), "acme")
        except NotFound:
            return set()
        return {hit.title for hit in async_to_sync(search)(reader, "canary", limit=50)}


def _refused(model: Model, name: str) -> int:
    """The status by which somebody is refused at the door, or 0."""
    if name in model.disabled:
        return 302
    if not model.is_in(name):
        return 404
    return 0 if model.may(name, "view") else 403


def _titles(content: bytes) -> set[str]:
    return {title.decode() for title in _TITLE.findall(content)}
