"""Where somebody is led who opens Quire: to the first workspace in which there is something for them, or to words that say why not."""

import pytest

from apps.accounts.models import Membership, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def powerless(make_user, acme):
    user = make_user("vera")
    role = Role.objects.create(workspace=acme, name="Nothing", permissions=[])
    Membership.objects.create(user=user, workspace=acme, role="custom", custom_role=role)
    return user


def test_a_member_is_led_to_their_workspace(bob, acme, client_for):
    assert client_for(bob).get("/").url == "/w/acme/"


def test_who_may_do_nothing_is_told_so_and_whom_to_ask(powerless, client_for):
    response = client_for(powerless).get("/")
    page = response.content.decode()
    assert response.status_code == 200
    assert "Nothing is open to you yet" in page
    assert "belong to Acme, but your role does not let you see documents" in page


def test_a_workspace_that_does_not_open_is_passed_by(powerless, other, client_for):
    Membership.objects.create(user=powerless, workspace=other, role="viewer")
    assert client_for(powerless).get("/").url == "/w/other/"


def test_who_is_in_no_workspace_is_told_so(make_user, client_for):
    assert "You are in no workspace yet" in client_for(make_user("nora")).get("/").content.decode()
