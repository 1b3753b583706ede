"""`manage.py prepare`: everything an installation needs, in one go, as often as one likes."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from apps.accounts.models import User, Workspace
from apps.administration.management.commands import prepare
from apps.administration.services import static_files

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def steps(monkeypatch):
    """The slow steps by name instead of done: tables, model and handbook have tests of their own."""
    done: list[str] = []
    monkeypatch.setattr(prepare, "call_command", lambda name, **_: done.append(name))
    monkeypatch.setattr(prepare, "collect_static_files", lambda: done.append("collectstatic") or 3)
    monkeypatch.setattr("apps.documents.services.index_handbook", lambda workspace, owner, folder: done.append(f"handbook in {workspace.name}"))
    return done


def run(*options: str) -> str:
    output = StringIO()
    call_command("prepare", *options, stdout=output)
    return output.getvalue()


def test_tables_administrator_and_handbook_come_in_this_order(steps, settings):
    settings.QUIRE_ADMIN_EMAIL, settings.QUIRE_ADMIN_PASSWORD = "ada@example.org", ""
    said = run()
    assert steps == ["migrate", "handbook in Home"]
    password = next(line.split()[1] for line in said.splitlines() if line.startswith("Password"))
    assert "E-mail    ada@example.org" in said
    assert User.objects.get(email="ada@example.org").check_password(password)


def test_a_second_time_it_tells_no_password_and_makes_nobody(steps):
    run()
    said = run()
    assert "E-mail" in said
    assert "Password" not in said
    assert (User.objects.count(), Workspace.objects.count()) == (1, 1)


def test_a_chosen_password_is_not_printed(steps, settings):
    settings.QUIRE_ADMIN_PASSWORD = "chosen by a person"
    said = run()
    assert "Password  the one in QUIRE_ADMIN_PASSWORD" in said
    assert "chosen by a person" not in said


def test_the_password_is_told_even_where_the_handbook_fails(steps, monkeypatch):
    monkeypatch.setattr("apps.documents.services.index_handbook", lambda *_: 1 / 0)
    output = StringIO()
    with pytest.raises(ZeroDivisionError):
        call_command("prepare", stdout=output)
    assert "Password" in output.getvalue()


def test_with_build_the_model_and_the_static_files_come_first(steps):
    said = run("--build")
    assert steps[:4] == ["build_embedder", "build_languages", "collectstatic", "migrate"]
    assert "Collected 3 static files" in said


@pytest.fixture
def collected(monkeypatch, settings, tmp_path):
    """One source folder, and how often it was collected."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "app.css").write_text("a")
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = str(tmp_path / "static")
    calls: list[str] = []

    def collect(name: str, **_: object) -> None:
        calls.append(name)
        Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
        (Path(settings.STATIC_ROOT) / "staticfiles.json").write_text("{}")

    monkeypatch.setattr(static_files, "call_command", collect)
    return source, calls


def test_static_files_are_collected_when_they_changed(collected):
    source, calls = collected
    assert [static_files.collect_static_files(), static_files.collect_static_files()] == [1, 0]
    (source / "app.css").write_text("b")
    assert static_files.collect_static_files() == 1
    assert len(calls) == 2


def test_static_files_that_were_removed_are_collected_again(collected, settings):
    static_files.collect_static_files()
    (Path(settings.STATIC_ROOT) / "staticfiles.json").unlink()
    assert static_files.collect_static_files() == 1
