"""Trying a provider out: one short request, and words that say what to do. Nothing of the server's own text is among them."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from types import SimpleNamespace

import pytest

from apps.accounts.models import AuditEntry
from apps.accounts.selectors.operators import get_operator
from apps.common.errors import NotAllowed, NotFound
from apps.gateway.models import Model, Provider
from apps.gateway.providers import probing
from apps.gateway.services.probing import probe_provider

pytestmark = pytest.mark.django_db
LIST = {"object": "list", "data": [{"id": "gpt-big"}, {"id": "planted-model"}]}


class Server:
    """Answers everything with one answer, and keeps what it was asked."""

    def __init__(self):
        self.status, self.body, self.headers, self.asked = 200, json.dumps(LIST).encode(), {}, []
        self.release = threading.Event()
        self.release.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"fake": self}))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}/v1"

    def close(self):
        self.release.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    fake = None

    def log_message(self, format, *args):
        pass

    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        self.fake.asked.append((self.command, self.path, self.headers.get("Authorization"), body))
        self.fake.release.wait(10)
        self.send_response(self.fake.status)
        for name, value in {"Content-Length": str(len(self.fake.body)), **self.fake.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.fake.body)

    do_POST = do_GET


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


@pytest.fixture
def operator(root):
    return get_operator(root)


@pytest.fixture
def provider(server):
    return Provider.objects.create(name="OpenAI", base_url=server.address, api_key="sk-planted-key")


def probe(operator, provider):
    verdict = probe_provider(operator, provider_id=provider.pk)
    assert "planted" not in verdict.words
    return verdict


def test_it_says_how_many_models_there_are_and_which_of_ours(operator, provider, server):
    for name, stage in (("gpt-big", "production"), ("gpt-typo", "trial"), ("gpt-old", "retired")):
        Model.objects.create(provider=provider, name=name, stage=stage)
    verdict = probe(operator, provider)
    assert not verdict.is_good
    assert verdict.words == "OpenAI was reached and lists 2 models. It knows gpt-big. It does not list gpt-typo: check how the name is spelt there."
    assert server.asked == [("GET", "/v1/models", "Bearer sk-planted-key", None)]
    assert AuditEntry.objects.filter(action="provider.tried", object_id=str(provider.pk)).count() == 1


def test_a_provider_without_models_of_ours_is_good_where_it_answers(operator, provider, server):
    server.body = json.dumps({"data": [{"id": "planted"}]}).encode()
    Provider.objects.filter(pk=provider.pk).update(api_key="")
    verdict = probe(operator, provider)
    assert (verdict.is_good, verdict.words) == (True, "OpenAI was reached and lists 1 model.")
    # As calls are made: some servers want to see one.
    assert server.asked[0][2] == "Bearer none"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "refuses the key (401)"),
        (403, "refuses the key (403)"),
        (301, "sends to another address (301)"),
        (404, "nothing that we ask for is at this address (404)"),
        (405, "nothing that we ask for"),
        (429, "less often (429)"),
        (500, "trouble of its own (500)"),
        (529, "trouble of its own (529)"),
        (418, "does not answer as such an API does"),
    ],
)
def test_a_status_is_told_in_words(operator, provider, server, status, words):
    server.status, server.body, server.headers = status, b'{"error": "planted words"}', {"Location": "http://127.0.0.1:9/planted"}
    verdict = probe(operator, provider)
    assert not verdict.is_good
    assert words in verdict.words
    assert len(server.asked) == 1


def test_without_a_key_the_words_do_not_speak_of_one(operator, provider, server):
    server.status = 401
    Provider.objects.filter(pk=provider.pk).update(api_key="")
    assert "refuses calls without a key (401)" in probe(operator, provider).words


@pytest.mark.parametrize("body", [b"<html>planted</html>", b"[]", b'{"data": "x"}', b'{"data": [1]}', b'{"data": [{"id": 7}]}', b"null", b"\xff\xfe", b""])
def test_what_is_no_list_of_models_is_no_such_api(operator, provider, server, body):
    server.body = body
    assert "does not answer as such an API does" in probe(operator, provider).words


def test_where_nobody_answers_it_says_so(operator, provider, server):
    Provider.objects.filter(pk=provider.pk).update(base_url="http://127.0.0.1:9/v1")
    assert "no server can be reached" in probe(operator, provider).words
    Provider.objects.filter(pk=provider.pk).update(base_url="http://nowhere.invalid/v1")
    assert "no server can be reached" in probe(operator, provider).words


def test_a_key_that_no_header_can_hold_is_no_crash(operator, provider, server):
    assert probing.list_models(server.address, "schlüssel-€").problem == probing.UNREACHED
    assert server.asked == []


def test_a_silent_server_is_left_alone_after_a_short_time(server):
    server.release.clear()
    assert probing.list_models(server.address, "", seconds=0.1).problem == probing.SILENT


def test_an_answer_that_trickles_or_has_no_end_is_not_waited_for(server, monkeypatch):
    hours = count(step=3600)
    with monkeypatch.context() as patched:
        patched.setattr(probing, "time", SimpleNamespace(monotonic=lambda: next(hours)))
        assert probing.list_models(server.address, "").problem == probing.SILENT
    server.body = b" " * 200_000
    monkeypatch.setattr(probing, "_BYTES_MAX", 1000)
    assert probing.list_models(server.address, "").problem == probing.NO_API


@pytest.mark.parametrize("kind", ["extractive", "embedded"])
def test_what_comes_with_quire_is_always_there(operator, kind):
    assert probe(operator, Provider.objects.create(name="Own", kind=kind)).is_good


@pytest.mark.parametrize(
    "body", [{"results": [{"index": 0, "relevance_score": 0.1}, {"index": 1, "relevance_score": 0.9}]}, [{"index": 0, "score": 0}, {"index": 1, "score": 1}]]
)
def test_a_reranking_server_is_asked_to_judge_two_words(operator, server, body):
    server.body = json.dumps(body).encode()
    provider = Provider.objects.create(name="Judge", kind="rerank", base_url=server.address)
    assert probe(operator, provider).is_good
    assert server.asked[0] == ("POST", "/v1/rerank", "Bearer none", {"query": "weather", "texts": ["tea", "rain"]})
    Model.objects.create(provider=provider, name="judge-1", kind="rerank")
    assert probe(operator, provider).is_good
    assert server.asked[1][3] == {"model": "judge-1", "query": "weather", "documents": ["tea", "rain"]}


@pytest.mark.parametrize("body", [{}, [], {"results": [{"index": 0}]}, {"results": ["planted", "planted"]}, 7])
def test_what_judges_nothing_is_no_reranking_server(operator, server, body):
    server.body = json.dumps(body).encode()
    provider = Provider.objects.create(name="Judge", kind="rerank", base_url=server.address)
    assert "does not answer as such an API does" in probe(operator, provider).words
    server.status = 503
    assert "trouble of its own (503)" in probe(operator, provider).words


def test_a_key_that_cannot_be_opened_is_told_and_nobody_is_asked(operator, provider, server, settings):
    settings.QUIRE_ENCRYPTION_KEYS = f"new:{'n' * 32}"
    assert "QUIRE_ENCRYPTION_KEYS" in probe(operator, provider).words
    assert server.asked == []


def test_only_those_who_change_providers_try_them(make_user, operator, provider, server):
    with pytest.raises(NotAllowed):
        probe(get_operator(make_user("op", operator_role="operations")), provider)
    with pytest.raises(NotFound):
        probe_provider(operator, provider_id="nonsense")
    assert server.asked == []
