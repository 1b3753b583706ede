"""The first administrator: made once, with a password that is random, shown once and never a default."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import User, Workspace

pytestmark = pytest.mark.django_db


def run(command, *arguments):
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def password_in(text):
    return text.split("Password")[1].split()[0]


def test_the_first_administrator_owns_the_first_workspace(settings):
    settings.QUIRE_ADMIN_EMAIL = "Root@Example.org"
    told = run("create_first_admin")
    user = User.objects.get()
    assert user.email == "root@example.org"
    assert user.is_superuser
    assert user.check_password(password_in(told))
    assert Workspace.objects.get().memberships.get().role == "owner"


def test_a_second_run_changes_nothing_and_tells_no_password():
    run("create_first_admin")
    before = User.objects.values_list("password", flat=True).get()
    told = run("create_first_admin")
    assert "Password" not in told
    assert "reset_admin_password" in told
    assert User.objects.values_list("password", flat=True).get() == before


def test_a_password_that_was_chosen_is_not_repeated(settings):
    settings.QUIRE_ADMIN_PASSWORD = "chosen by the operator"
    told = run("create_first_admin")
    assert "chosen" not in told
    assert User.objects.get().check_password("chosen by the operator")


def test_two_installations_have_different_passwords():
    first = password_in(run("create_first_admin"))
    User.objects.all().delete()
    assert password_in(run("create_first_admin")) != first
    assert len(first) == 23


def test_an_administrator_without_a_workspace_gets_one_back():
    run("create_first_admin")
    Workspace.objects.all().delete()
    run("create_first_admin")
    assert Workspace.objects.count() == 1


def test_a_new_password_ends_the_old_one_and_its_sessions(client, settings):
    told = run("create_first_admin")
    user = User.objects.get()
    client.force_login(user)
    new = password_in(run("reset_admin_password"))
    user.refresh_from_db()
    assert user.check_password(new)
    assert not user.check_password(password_in(told))
    assert client.get("/").headers["Location"].startswith("/accounts/login/")


def test_a_named_administrator_gets_the_password_that_was_chosen(settings):
    User.objects.create_superuser("second@example.org", "x")
    settings.QUIRE_ADMIN_PASSWORD = "chosen by the operator"
    told = run("reset_admin_password", "SECOND@example.org")
    assert "chosen" not in told
    assert User.objects.get(email="second@example.org").check_password("chosen by the operator")


def test_resetting_a_stranger_is_refused_with_what_to_do():
    with pytest.raises(CommandError, match="create_first_admin"):
        run("reset_admin_password", "nobody@example.org")
