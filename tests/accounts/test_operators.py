"""Operators: who may switch whom off, who chooses operators, and that an administrator always stays."""

import pytest
from allauth.account.models import EmailAddress

from apps.accounts.models import AuditEntry, User
from apps.accounts.operators import AREAS, Level, allows, level_in, level_of, opens
from apps.accounts.selectors.operators import get_operator
from apps.accounts.services.operators import add_person, change_operator_role, change_person, disable_person, enable_person
from apps.common.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.accounts.test_people import at_once

pytestmark = pytest.mark.django_db
N, V, C = Level.NONE, Level.VIEW, Level.CHANGE
ROLES = ("administrator", "developer", "deployer", "operations", "ai_engineer")
# Written out a second time on purpose: a change of the table has to be meant.
EXPECTED = {
    "people": (C, N, N, V, N),
    "keys": (C, N, N, C, N),
    "documents": (C, N, N, N, V),
    "sharing": (C, N, N, N, N),
    "jobs": (C, V, N, C, V),
    "runs": (V, V, N, V, V),
    "models": (C, V, V, V, C),
    "budgets": (C, N, N, V, N),
    "settings": (V, V, V, V, N),
    "logs": (V, N, N, V, N),
}


@pytest.fixture
def operator(root):
    return get_operator(root)


@pytest.fixture
def second(make_user):
    return make_user("second", operator_role="administrator")


def test_the_table_is_the_one_that_was_meant():
    assert {area.name: tuple(area.levels.get(role, N) for role in ROLES) for area in AREAS} == EXPECTED


def test_nobody_without_an_operator_role_is_in_the_table():
    for area in AREAS:
        assert level_in("", area.name) == N
        assert all(level_of("", model) == N for model in area.models)
    assert not allows("", "accounts.view_user")
    assert not opens("", "accounts")
    assert level_in("administrator", "no such area") == N


def test_each_model_is_in_one_area():
    models = [model for area in AREAS for model in area.models]
    assert len(models) == len(set(models))


def test_who_is_no_operator_is_refused(alice_reader, bob):
    for change in (
        lambda: disable_person(alice_reader, user_id=bob.pk),
        lambda: enable_person(alice_reader, user_id=bob.pk),
        lambda: change_operator_role(alice_reader, user_id=bob.pk, role="developer"),
        lambda: change_person(alice_reader, user_id=bob.pk, email=bob.email, name="x"),
        lambda: add_person(alice_reader, email="dana@example.org"),
    ):
        with pytest.raises(NotAllowed, match="operator"):
            change()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("role", ["developer", "deployer", "operations", "ai_engineer"])
def test_other_operators_do_not_change_people(make_user, bob, role):
    operator = get_operator(make_user("op", operator_role=role))
    with pytest.raises(NotAllowed):
        disable_person(operator, user_id=bob.pk)
    with pytest.raises(NotAllowed):
        change_operator_role(operator, user_id=operator.user.pk, role="administrator")


def test_an_account_is_switched_off_and_on(operator, bob, client_for, acme):
    client = client_for(bob)
    assert client.get(f"/w/{acme.slug}/").status_code == 200
    disable_person(operator, user_id=bob.pk)
    assert client.get(f"/w/{acme.slug}/").status_code == 302
    enable_person(operator, user_id=bob.pk)
    # The session of before does not come back.
    assert client.get(f"/w/{acme.slug}/").status_code == 302
    assert client_for(bob).get(f"/w/{acme.slug}/").status_code == 200
    assert list(AuditEntry.objects.filter(action__startswith="user.").order_by("pk").values_list("action", flat=True)) == ["user.disabled", "user.enabled"]


def test_other_peoples_sessions_stay(operator, bob, alice, acme, client_for):
    client = client_for(alice)
    disable_person(operator, user_id=bob.pk)
    enable_person(operator, user_id=bob.pk)
    assert client.get(f"/w/{acme.slug}/").status_code == 200


def test_switching_off_twice_is_once(operator, bob):
    for change in (disable_person, enable_person):
        for _ in range(2):
            change(operator, user_id=bob.pk)
    assert AuditEntry.objects.count() == 2


def test_the_last_administrator_stays(operator, root, second):
    disable_person(operator, user_id=second.pk)
    for change in (
        lambda: disable_person(operator, user_id=root.pk),
        lambda: change_operator_role(operator, user_id=root.pk, role=""),
        lambda: change_operator_role(operator, user_id=root.pk, role="developer"),
    ):
        with pytest.raises(Conflict, match="last administrator"):
            change()
    enable_person(operator, user_id=second.pk)
    assert change_operator_role(operator, user_id=root.pk, role="deployer").operator_role == "deployer"


def test_one_who_stays_administrator_changes_nothing(operator, root):
    assert change_operator_role(operator, user_id=root.pk, role="administrator").is_superuser
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "change",
    [lambda user: disable_person(get_operator(user), user_id=user.pk), lambda user: change_operator_role(get_operator(user), user_id=user.pk, role="")],
)
def test_of_two_administrators_who_step_down_at_once_one_stays(root, second, change):
    assert sorted(at_once([root, second], change)) == ["Conflict", "done"]
    assert User.objects.filter(operator_role="administrator", is_active=True).count() == 1


def test_an_operator_role_is_one_of_the_table(operator, bob):
    with pytest.raises(Invalid):
        change_operator_role(operator, user_id=bob.pk, role="king")
    change_operator_role(operator, user_id=bob.pk, role="developer")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.detail) == ("user.operator_role_changed", {"before": "", "after": "developer"})


def test_an_old_e_mail_opens_nothing_any_more(operator, bob, client):
    EmailAddress.objects.create(user=bob, email=bob.email, primary=True, verified=True)
    old = bob.email
    change_person(operator, user_id=bob.pk, email="Robert@example.org", name="Robert")
    client.post("/accounts/login/", {"login": old, "password": "a long enough passphrase"})
    assert "_auth_user_id" not in client.session
    client.post("/accounts/login/", {"login": "robert@example.org", "password": "a long enough passphrase"})
    assert client.session["_auth_user_id"] == str(bob.pk)
    assert AuditEntry.objects.get(action="user.changed").detail == {"fields": ["email", "name"]}


def test_what_is_the_same_is_not_written(operator, bob, alice):
    change_person(operator, user_id=bob.pk, email=bob.email, name=bob.name)
    assert not AuditEntry.objects.exists()
    with pytest.raises(Invalid):
        change_person(operator, user_id=bob.pk, email=alice.email.upper(), name="x")


def test_an_account_is_added_once(operator):
    person = add_person(operator, email="Dana@example.org", name=" Dana ")
    assert (person.email, person.name, person.has_usable_password()) == ("dana@example.org", "Dana", False)
    with pytest.raises(Conflict):
        add_person(operator, email="DANA@example.org")


def test_nobody_that_does_not_exist_is_changed(operator):
    for user_id in ("nonsense", "7b0e1f0e-2f0f-4b5a-9a55-0d7a0a0a0a0a"):
        with pytest.raises(NotFound):
            disable_person(operator, user_id=user_id)
