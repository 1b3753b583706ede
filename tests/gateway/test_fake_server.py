"""The fake is trusted by many tests, so it is tested too: as a process, and where the gateway does not call it."""

import json
import subprocess
import sys
import urllib.error
import urllib.request

import pytest


def call(url, body=None):
    request = urllib.request.Request(url, json.dumps(body).encode() if body is not None else None, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as response:
        return json.loads(response.read())


@pytest.mark.slow
def test_it_runs_as_a_process_with_a_script_and_is_steered_over_http(tmp_path):
    script = tmp_path / "replies.json"
    script.write_text(json.dumps([["From the ", "script."]]))
    with subprocess.Popen([sys.executable, "-m", "tests.fakes.openai_server", "--script", script], stdout=subprocess.PIPE, text=True) as process:
        base = json.loads(process.stdout.readline())["base_url"]
        control = base.removesuffix("/v1") + "/control"
        chat = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
        assert call(f"{base}/chat/completions", chat)["choices"][0]["message"]["content"] == "From the script."
        call(f"{control}/enqueue", {"replies": [["Steered."], [{"status": {"code": 418, "body": {"error": {}}}}]]})
        assert call(f"{base}/chat/completions", chat)["choices"][0]["message"]["content"] == "Steered."
        with pytest.raises(urllib.error.HTTPError, match="418"):
            call(f"{base}/chat/completions", chat)
        call(f"{control}/default", {"reply": ["Always."]})
        call(f"{control}/release", {"gate": "a"})
        assert call(f"{base}/chat/completions", chat)["choices"][0]["message"]["content"] == "Always."
        assert [request["path"] for request in call(f"{control}/requests")] == ["/v1/chat/completions"] * 4
        call(f"{control}/reset", {})
        assert call(f"{control}/requests") == []
        process.terminate()


def test_it_lists_its_model_and_knows_no_other_path(fake_server):
    assert call(f"{fake_server.base_url}/models")["data"][0]["id"] == "fake-model"
    for method_body in (None, {}):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            call(f"{fake_server.base_url}/nothing", method_body)


def test_it_tells_when_nothing_comes(fake_server):
    with pytest.raises(TimeoutError, match="0 of 1"):
        fake_server.wait_for_requests(1, seconds=0.01)
    call(f"{fake_server.base_url}/embeddings", {"model": "m", "input": "one text"})
    fake_server.wait_for_requests(1)
