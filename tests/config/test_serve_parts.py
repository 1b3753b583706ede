"""The small parts of `make serve`: what it remembers, what it prints, how it asks whether all is ready."""

import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from config import build
from config.announcement import Announcement
from config.prepared import find_inputs
from config.readiness import read_health
from config.serve import CannotServe, only_one


@pytest.fixture
def var(tmp_path):
    (tmp_path / "run").mkdir()
    return tmp_path


def test_what_was_prepared_is_remembered_for_the_same_inputs_only(var):
    find_inputs(var, {"QUIRE_X": "1"}).write("root@example.org")
    assert find_inputs(var, {"QUIRE_X": "1", "PATH": "/bin"}).read_email() == "root@example.org"
    assert find_inputs(var, {"QUIRE_X": "2"}).read_email() == ""


def test_another_cluster_is_prepared_anew(var):
    find_inputs(var, {}).write("root@example.org")
    (var / "pg").mkdir()
    assert find_inputs(var, {}).read_email() == ""


def test_a_second_serve_on_the_same_var_is_told_where_the_first_is(var):
    with (
        only_one(var, "http://127.0.0.1:8000"),
        pytest.raises(CannotServe, match=r"already runs .*http://127.0.0.1:8000"),
        only_one(var, "http://127.0.0.1:8001"),
    ):
        pass
    with only_one(var, "http://127.0.0.1:8001"):
        pass


def test_the_password_is_printed_once():
    announcement = Announcement("http://127.0.0.1:8000", "127.0.0.1", 8000)
    assert announcement.take("E-mail    root@example.org")
    assert announcement.take("Password  abc  (shown once)")
    assert not announcement.take("Making tables")
    first, second = "\n".join(announcement.lines(3)), "\n".join(announcement.lines(3))
    assert "root@example.org" in first
    assert "abc  (shown once)" in first
    assert "abc" not in second
    assert announcement.unseen_lines() == []


def test_a_password_made_by_a_start_that_failed_is_still_told():
    announcement = Announcement("http://127.0.0.1:8000", "127.0.0.1", 8000, "root@example.org", "abc")
    assert "abc" in "\n".join(announcement.unseen_lines())
    assert announcement.unseen_lines() == []


@pytest.mark.parametrize(("body", "health"), [(b'{"status": "ready"}', {"status": "ready"}), (b"<html>", {}), (b"[1]", {})])
def test_health_is_read_as_words(body, health):
    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(503)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert read_health("0.0.0.0", server.server_port) == health
        thread.join()


def test_nobody_there_is_no_health():
    assert read_health("127.0.0.1", 1) == {}


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A small checkout whose build is a script, to see when it runs."""
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "_BUILT", tmp_path / "var/build")
    monkeypatch.setattr(build, "_LOG", tmp_path / "var/build/build.log")
    monkeypatch.setattr(build, "_DIST", tmp_path / "static/dist")
    for folder in ("tools", "static/src", "static/dist", "node_modules"):
        (tmp_path / folder).mkdir(parents=True)
    node = tmp_path / "tools/node"
    node.write_text('#!/bin/sh\necho "$@" >> calls\ntest ! -e broken || { echo "Error: no such page"; exit 1; }\ntouch static/dist/app.css\n')
    node.chmod(0o755)
    (tmp_path / "package.json").write_text("{}")
    return tmp_path


def calls(checkout) -> list[str]:
    return [line.split()[1] for line in (checkout / "calls").read_text().splitlines()]


def test_the_front_end_is_built_only_when_its_inputs_changed(checkout):
    said: list[str] = []
    build.build_assets(said.append)
    build.build_assets(said.append)
    assert calls(checkout) == ["ci", "run"]
    (checkout / "static/src/app.ts").write_text("changed")
    build.build_assets(said.append)
    assert calls(checkout) == ["ci", "run", "run"]
    assert said == ["Installing the front end's packages", "Building the front end", "Building the front end"]


def test_tools_are_installed_when_asked_for_and_kept(checkout):
    build.build_assets(lambda _: None)
    build.build_assets(lambda _: None, has_tools=True)
    build.build_assets(lambda _: None)
    assert (checkout / "calls").read_text().count("--omit=dev") == 1
    assert calls(checkout) == ["ci", "run", "ci"]


def test_a_failed_build_names_its_cause_and_is_tried_again(checkout):
    (checkout / "broken").touch()
    for _ in range(2):
        with pytest.raises(build.BuildError, match=r"`npm ci.*failed: Error: no such page"):
            build.build_assets(lambda _: None)
    assert calls(checkout) == ["ci", "ci"]


def test_a_script_in_the_checkout_finds_the_node_of_the_wheel():
    done = subprocess.run([str(build.ROOT / "tools/node"), "node", "--version"], capture_output=True, text=True, cwd="/")
    assert done.stdout.startswith("v24.")
