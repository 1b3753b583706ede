"""Quire refuses to start while any way in says nothing of who may come in, and says what to write where."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.core.checks import run_checks

from apps.accounts import doors
from apps.accounts.checks import DOORS, check_administration, check_routes, check_sockets, check_system, check_tools
from apps.accounts.models import Role
from apps.accounts.routes import list_routes
from apps.administration.admin.base import OperatorAdmin, OperatorScoped
from apps.common.queue import celery_app


def told(errors):
    return {(error.id, error.msg.split(",")[0].split(" say")[0]) for error in errors}


@pytest.fixture
def planted(settings):
    settings.ROOT_URLCONF = "tests.rights.planted"
    return [error for error in check_routes() if "FOREIGN lists" not in error.msg]


def test_every_door_of_the_product_says_who_may_come_in():
    assert [message for message in run_checks() if message.id.startswith("quire.")] == []


def test_routes_that_say_nothing_are_named_with_what_to_write(planted):
    assert {(error.id, error.msg) for error in planted} == {
        ("quire.E101", "GET /silent/ (silent) says nothing of who may call it."),
        ("quire.E101", "GET /nested/deep/ (nested:deep) says nothing of who may call it."),
        ("quire.E101", "POST /half (half) says nothing of who may call it."),
        ("quire.E102", "GET /misspelt/<slug:slug>/ (misspelt) needs 'document.veiw', which is no permission."),
        ("quire.E102", "GET /half (half) needs 'document.see', which is no permission."),
        ("quire.E103", "/any/<slug:slug>/ (any) does not say which methods it answers."),
        ("quire.E103", "/class-based (class-based) does not say which methods it answers."),
        ("quire.E104", "/half (half) declares DELETE and does not answer it."),
        ("quire.E106", "/says/ (says) declares a permission that it does not ask for."),
        ("quire.E106", "/without-door (without-door) declares permissions that it does not ask for."),
        ("quire.E107", "/open/ (open) is open to everybody and does not say why."),
    }
    hints = {error.msg.split(" ")[1]: error.hint for error in planted if error.id == "quire.E101"}
    assert hints["/half"] == 'Add it to `action` of tests.rights.planted.HalfDeclared, for instance {"GET": "document.view"}.'


def test_a_page_of_ours_is_told_which_decorator_it_lacks(monkeypatch):
    (route,) = [route for route in list_routes() if route.name == "chat:ask"]
    monkeypatch.delattr(route.view, "permission")
    (error,) = check_routes()
    assert (error.id, error.hint) == ("quire.E101", "Put @workspace_page(action) or @declare(...) on apps.chat.views.ask.")


def test_somebody_elses_new_route_is_an_error_and_so_is_one_that_went(monkeypatch):
    kept = doors.FOREIGN.pop("account_login")
    monkeypatch.setitem(doors.FOREIGN, "account_old", kept)
    try:
        errors = {error.id: error for error in check_routes()}
    finally:
        doors.FOREIGN["account_login"] = kept
    assert "account_login" in errors["quire.E103"].msg
    assert "account_old" in errors["quire.E105"].msg


def test_socket_actions_that_say_nothing_are_named(settings):
    settings.QUIRE_SOCKET_ROUTES = "tests.rights.planted.socket_routes"
    assert [(error.id, error.msg) for error in check_sockets()] == [
        ("quire.E101", "The socket action subscribe.run says nothing of who may send it."),
        ("quire.E104", "tests.rights.planted.Deaf declares shout, which no client can say."),
        ("quire.E102", "The socket action shout needs 'document.shout', which is no permission."),
        ("quire.E101", "The socket tests.rights.planted.Mute does not say what it can be told."),
    ]


def test_tools_without_a_permission_are_named(settings):
    settings.QUIRE_AGENT_TOOLS = "tests.rights.planted.TOOLS"
    assert [(error.id, error.msg) for error in check_tools()] == [
        ("quire.E108", "The agent's tool fetch needs '', which is no permission."),
        ("quire.E108", "The agent's tool search needs 'everything', which is no permission."),
    ]


def test_pages_of_the_administration_stand_on_the_operators_base(monkeypatch):
    from tests.rights.planted import Bare

    class Inline(admin.TabularInline):
        model = Role

    class Half(OperatorAdmin):
        inlines = (Inline,)

    registry = {Role: Bare(Role, admin.site), OperatorScoped: Half(Role, admin.site)}
    monkeypatch.setattr("apps.accounts.checks.admin.site", SimpleNamespace(_registry=registry))
    assert [error.msg.split(" ")[0].rpartition(".")[2] for error in check_administration()] == ["Bare", "Inline"]


def test_what_runs_for_nobody_is_listed_with_its_reason(monkeypatch):
    monkeypatch.setitem(doors.SYSTEM_TASKS, "documents.gone", "a reason")
    monkeypatch.delitem(doors.SYSTEM_COMMANDS, "prepare")

    @celery_app().task(name="documents.planted")
    def planted():
        """For nobody."""

    try:
        errors = [(error.id, error.msg) for error in check_system()]
    finally:
        celery_app().tasks.pop("documents.planted")
    assert errors == [
        ("quire.E110", "The task documents.planted runs for nobody and nobody says why."),
        ("quire.E105", "doors.SYSTEM_TASKS lists documents.gone, which is no task."),
        ("quire.E110", "The command prepare runs for nobody and nobody says why."),
    ]


def test_the_checks_of_doors_are_those_that_a_process_runs_by_itself(settings):
    settings.ROOT_URLCONF = "tests.rights.planted"
    settings.QUIRE_SOCKET_ROUTES = "tests.rights.planted.socket_routes"
    assert {"GET /silent/ (silent)", "The socket action subscribe.run"} <= {
        words.split(" says")[0] for words in (error.msg for error in run_checks(tags=[DOORS]))
    }


@pytest.mark.slow
@pytest.mark.parametrize("command", ["-c __import__('config.asgi')", "manage.py run_agents", "manage.py migrate", "manage.py check"])
def test_a_process_does_not_start(command):
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.rights.planted_settings"}
    done = subprocess.run([sys.executable, *command.split(" ", 1)], capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 1
    assert "GET /silent/ (silent) says nothing of who may call it." in done.stderr
    assert "quire.E101" in done.stderr
    assert "Traceback" not in done.stderr
