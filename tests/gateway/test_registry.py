"""What operators change behind the door: each change whole, refused in words, and in the audit trail."""

from decimal import Decimal

import pytest

from apps.accounts.models import ApiKey, AuditEntry, Group, User
from apps.accounts.selectors.operators import get_operator
from apps.common.errors import Conflict, Invalid, NotAllowed, NotFound
from apps.gateway.models import Budget, GuardPolicy, Model, Provider, Route, RouteTarget
from apps.gateway.services.policies import delete_budget, delete_guard_policy, save_budget, save_guard_policy
from apps.gateway.services.registry import delete_model, delete_provider, is_address, save_model, save_provider
from apps.gateway.services.routes import delete_route, delete_target, save_route, save_target

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(root):
    return get_operator(root)


@pytest.fixture
def provider(operator):
    return save_provider(operator, Provider(name="OpenAI", base_url="https://api.openai.com/v1/"), key="sk-planted-0123456789")


@pytest.fixture
def make(operator, provider):
    def make_model(name="gpt-big", **fields):
        return save_model(operator, Model(**{"provider": provider, "name": name, **fields}))

    return make_model


@pytest.fixture
def route(operator):
    return save_route(operator, Route(name="big"))


def entries(row):
    return list(AuditEntry.objects.filter(object_id=str(row.pk)).order_by("id"))


# --- providers


def test_a_provider_is_saved_with_its_key_and_the_trail_does_not_have_it(operator, provider):
    kept = Provider.objects.get()
    assert (kept.base_url, kept.api_key, kept.has_key) == ("https://api.openai.com/v1", "sk-planted-0123456789", True)
    [entry] = entries(provider)
    assert (entry.action, entry.actor_id) == ("provider.made", operator.user.pk)
    assert entry.detail["base_url"] == [None, "https://api.openai.com/v1"]
    assert "planted" not in str(entry.detail)


def test_a_key_stays_is_replaced_or_goes(operator, provider):
    save_provider(operator, Provider.objects.get())
    assert Provider.objects.get().api_key == "sk-planted-0123456789"
    save_provider(operator, Provider.objects.get(), key=" sk-second ")
    assert Provider.objects.get().api_key == "sk-second"
    save_provider(operator, Provider.objects.get(), key="")
    assert not Provider.objects.get().has_key


def test_a_key_is_not_sent_to_another_server_than_it_was_given_for(operator, provider):
    moved = Provider.objects.get()
    moved.base_url = "https://evil.example.org/v1"
    with pytest.raises(Invalid, match="another address"):
        save_provider(operator, moved)
    assert Provider.objects.get().base_url == "https://api.openai.com/v1"
    save_provider(operator, moved, key="sk-of-the-other")
    same_server = Provider.objects.get()
    same_server.base_url = "https://evil.example.org/v2"
    save_provider(operator, same_server)
    without = Provider.objects.get()
    without.base_url = "http://localhost:11434/v1"
    save_provider(operator, without, key="")
    assert Provider.objects.get().base_url == "http://localhost:11434/v1"


def test_a_key_that_cannot_be_opened_keeps_nobody_from_the_rest(operator, provider, settings):
    settings.QUIRE_ENCRYPTION_KEYS = f"new:{'n' * 32}"
    off = Provider.objects.get()
    off.is_enabled = False
    save_provider(operator, off)
    assert not Provider.objects.get().is_enabled
    save_provider(operator, Provider.objects.get(), key="sk-anew")
    assert Provider.objects.get().api_key == "sk-anew"


@pytest.mark.parametrize(
    "address",
    ["https://api.openai.com/v1", "http://localhost:11434/v1", "http://vllm:8000", "http://10.0.0.7/v1", "http://[::1]:8000/v1", "https://müller.example/v1"],
)
def test_any_server_of_http_may_be_a_provider(address):
    assert is_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "", "api.openai.com", "ftp://x/v1", "file:///etc/passwd", "http://", "https://user:pw@x/v1", "https://user@x", "http://x/v1?key=1", "http://x/#a",
        "http://x:0/", "http://x:99999/", "http://a b/", "http://x/v1\nHost: y", "http://[::1/", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_what_is_no_such_address_is_refused(operator, address):
    assert not is_address(address)
    with pytest.raises(Invalid):
        save_provider(operator, Provider(name="X", base_url=address))


def test_what_comes_with_quire_has_no_address(operator):
    assert save_provider(operator, Provider(name="Own", kind="extractive", base_url="https://x.example.org")).base_url == ""


@pytest.mark.parametrize("name", ["", "quire", "Settings", "a/b", "OpenAI", "x" * 61])
def test_a_name_that_is_taken_or_means_something_else_is_refused(operator, provider, name):
    with pytest.raises(Invalid):
        save_provider(operator, Provider(name=name, base_url="https://x.example.org"))


def test_a_provider_with_models_is_not_deleted(operator, provider, make):
    model = make()
    with pytest.raises(Conflict, match="1 model belongs to OpenAI"):
        delete_provider(operator, provider_id=provider.pk)
    make("second")
    with pytest.raises(Conflict, match="2 models belong to OpenAI"):
        delete_provider(operator, provider_id=provider.pk)
    Model.objects.exclude(pk=model.pk).delete()
    delete_model(operator, model_id=model.pk)
    delete_provider(operator, provider_id=provider.pk)
    assert not Provider.objects.exists()
    assert [entry.action for entry in entries(provider)] == ["provider.made", "provider.removed"]


def test_a_provider_stays_of_a_kind_that_has_its_models(operator, provider, make):
    make()
    provider.kind = "rerank"
    with pytest.raises(Conflict, match="gpt-big"):
        save_provider(operator, provider)


# --- models


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "rerank"}, "chat or embedding"),
        ({"kind": "embedding"}, "dimension"),
        ({"price_in": Decimal(1)}, "both prices or neither"),
        ({"price_out": Decimal(1)}, "both prices or neither"),
        ({"price_in": Decimal(-1), "price_out": Decimal(1)}, "0 or more"),
        ({"capabilities": ["telepathy"]}, "telepathy"),
        ({"name": ""}, "blank"),
        ({"name": "taken"}, "already"),
    ],
)
def test_a_model_that_is_not_whole_is_refused_in_words(make, fields, words):
    make("taken")
    with pytest.raises(Invalid, match=words):
        make(**{"name": "new", **fields})


def test_the_trail_says_what_a_price_was_and_is(operator, make):
    model = make(price_in=Decimal(1), price_out=Decimal(2))
    model.price_in = Decimal("1.5")
    save_model(operator, model)
    changed = entries(model)[-1]
    assert (changed.action, changed.detail) == ("model.changed", {"price_in": ["1.000000", "1.500000"]})


def test_a_model_that_answers_is_not_deleted_nor_made_another_kind(operator, make, route):
    model = make()
    save_target(operator, RouteTarget(route=route, model=model))
    with pytest.raises(Conflict, match="gpt-big answers for big"):
        delete_model(operator, model_id=model.pk)
    model.kind, model.dimension = "embedding", 8
    with pytest.raises(Invalid, match="route big"):
        save_model(operator, model)


# --- routes


def test_there_is_one_default_of_a_kind_and_the_newest_wins(operator):
    first = save_route(operator, Route(name="first", is_default=True))
    judges = save_route(operator, Route(name="judges", kind="rerank", is_default=True))
    second = save_route(operator, Route(name="second", is_default=True))
    assert set(Route.objects.filter(is_default=True)) == {second, judges}
    assert (entries(first)[-1].action, entries(first)[-1].detail) == ("route.changed", {"is_default": [True, False]})


def test_vectors_have_no_default_for_the_librarys_are_of_one_model(operator):
    with pytest.raises(Invalid, match="no default route"):
        save_route(operator, Route(name="vectors", kind="embedding", is_default=True))
    assert save_route(operator, Route(name="vectors", kind="embedding")).pk


def test_a_refused_route_leaves_the_default_where_it_was(operator):
    save_route(operator, Route(name="first", is_default=True))
    with pytest.raises(Invalid):
        save_route(operator, Route(name="no spaces", is_default=True))
    with pytest.raises(Invalid, match="not in use"):
        save_route(operator, Route(name="second", is_default=True, is_enabled=False))
    assert Route.objects.get(is_default=True).name == "first"


def test_workspaces_are_chosen_or_left_as_they_are(operator, route, acme, other):
    route.is_restricted = True
    save_route(operator, route, workspaces=[acme, other])
    save_route(operator, route)
    assert set(route.workspaces.all()) == {acme, other}
    save_route(operator, route, workspaces=[])
    assert not route.workspaces.exists()


def test_a_target_is_of_the_routes_kind_and_stands_in_it_once(operator, make, route):
    save_target(operator, RouteTarget(route=route, model=make()))
    with pytest.raises(Conflict, match="already"):
        save_target(operator, RouteTarget(route=route, model=Model.objects.get()))
    with pytest.raises(Invalid, match="vectors is for embedding, and the route big for chat"):
        save_target(operator, RouteTarget(route=route, model=make("vectors", kind="embedding", dimension=8)))
    target = RouteTarget.objects.get()
    target.weight = 7
    save_target(operator, target)
    assert entries(target)[-1].detail == {"weight": [1, 7]}
    route.kind = "embedding"
    with pytest.raises(Invalid):
        save_route(operator, route)


def test_vectors_of_different_models_are_never_mixed(operator, make, provider):
    route = save_route(operator, Route(name="vectors", kind="embedding"))
    mirror = save_provider(operator, Provider(name="Mirror", base_url="http://mirror:8000/v1"))
    small = make("small", kind="embedding", dimension=8)
    same = make("small", kind="embedding", dimension=8, provider=mirror)
    first = save_target(operator, RouteTarget(route=route, model=small))
    save_target(operator, RouteTarget(route=route, model=same))
    for other in (make("large", kind="embedding", dimension=8), make("small", kind="embedding", dimension=9, version="2")):
        with pytest.raises(Invalid, match="cannot be compared"):
            save_target(operator, RouteTarget(route=route, model=other))
    small.name = "renamed"
    with pytest.raises(Invalid, match="cannot be compared"):
        save_model(operator, small)
    delete_target(operator, target_id=first.pk)
    with pytest.raises(NotFound):
        delete_target(operator, target_id=first.pk)
    alone = RouteTarget.objects.get()
    alone.model = Model.objects.get(name="large")
    save_target(operator, alone)
    assert RouteTarget.objects.get().model.name == "large"


def test_a_deleted_route_leaves_its_models(operator, make, route):
    save_target(operator, RouteTarget(route=route, model=make()))
    delete_route(operator, route_id=route.pk)
    assert not Route.objects.exists()
    assert Model.objects.count() == 1


# --- budgets


def test_a_budget_is_for_exactly_one_and_limits_something(operator, alice, acme):
    team = Group.objects.create(workspace=acme, name="Team")
    for subject in ({"user": alice}, {"workspace": acme}, {"group": team}):
        assert save_budget(operator, Budget(money=Decimal(5), **subject)).pk
    for wrong in ({}, {"user": alice, "workspace": acme}):
        with pytest.raises(Invalid, match="exactly one"):
            save_budget(operator, Budget(money=Decimal(5), **wrong))
    for wrong in ({}, {"money": Decimal(-1)}, {"tokens": -1}):
        with pytest.raises(Invalid, match="0 or more"):
            save_budget(operator, Budget(user=alice, **wrong))


def test_a_budget_stays_with_whom_it_is_for(operator, alice, bob):
    budget = save_budget(operator, Budget(user=alice, money=Decimal(5)))
    for name, value in (("user", bob), ("period", "day")):
        changed = Budget.objects.get()
        setattr(changed, name, value)
        with pytest.raises(Invalid, match="does not change"):
            save_budget(operator, changed)
    raised = Budget.objects.get()
    raised.money = Decimal(50)
    save_budget(operator, raised)
    assert entries(budget)[-1].detail == {"money": ["5.000000", "50.000000"]}
    delete_budget(operator, budget_id=budget.pk)
    assert not Budget.objects.exists()


def test_a_budget_of_a_key_goes_with_the_key(operator, alice, acme):
    from django.utils import timezone

    key = ApiKey.objects.create(public_id="k1", digest="0", name="Bot", owner=alice, workspace=acme, scopes=[], expires_at=timezone.now())
    save_budget(operator, Budget(api_key=key, tokens=5))
    key.delete()
    assert not Budget.objects.exists()


# --- guards


def test_words_and_hosts_are_kept_once_each_and_in_small_letters_where_they_have_none(operator):
    policy = save_guard_policy(
        operator, GuardPolicy(prohibited_words=["  Red   tulip ", "Red tulip", ""], link_hosts=["Docs.Example.org", "*", "docs.example.org"])
    )
    assert (policy.prohibited_words, policy.link_hosts) == (["Red tulip"], ["docs.example.org", "*"])
    assert "tulip" not in str([entry.detail for entry in entries(policy)])


@pytest.mark.parametrize("host", ["https://x.example.org", "x.example.org/path", "x y", "*.example.org", "-x.org", "a..b", "x" * 64])
def test_what_is_no_host_is_refused(operator, host):
    with pytest.raises(Invalid, match="is no host"):
        save_guard_policy(operator, GuardPolicy(link_hosts=[host]))


def test_there_is_one_policy_a_workspace_and_one_general_one(operator, acme, other):
    save_guard_policy(operator, GuardPolicy())
    policy = save_guard_policy(operator, GuardPolicy(workspace=acme))
    for wrong in (GuardPolicy(), GuardPolicy(workspace=acme)):
        with pytest.raises(Invalid):
            save_guard_policy(operator, wrong)
    policy.workspace = other
    with pytest.raises(Invalid, match="stays with its workspace"):
        save_guard_policy(operator, policy)
    with pytest.raises(Invalid, match="At most"):
        save_guard_policy(operator, GuardPolicy(workspace=other, prohibited_words=[f"w{number}" for number in range(2001)]))
    with pytest.raises(Invalid):
        save_guard_policy(operator, GuardPolicy(workspace=other, injection_threshold=0))
    delete_guard_policy(operator, policy_id=policy.pk)
    assert GuardPolicy.objects.count() == 1


# --- who may


@pytest.mark.parametrize("role", ["developer", "deployer", "operations"])
def test_roles_that_only_look_change_nothing(make_user, role, acme):
    onlooker = get_operator(make_user("op", operator_role=role))
    for change in (
        lambda: save_provider(onlooker, Provider(name="X", base_url="https://x.example.org")),
        lambda: save_route(onlooker, Route(name="x")),
        lambda: save_guard_policy(onlooker, GuardPolicy()),
        lambda: save_budget(onlooker, Budget(workspace=acme, tokens=1)),
    ):
        with pytest.raises(NotAllowed):
            change()


def test_an_ai_engineer_changes_models_and_no_budgets(make_user, acme):
    engineer = get_operator(make_user("op", operator_role="ai_engineer"))
    assert save_route(engineer, Route(name="x")).pk
    with pytest.raises(NotAllowed):
        save_budget(engineer, Budget(workspace=acme, tokens=1))


def test_a_role_that_was_taken_meanwhile_counts(operator, root):
    User.objects.filter(pk=root.pk).update(operator_role="developer")
    with pytest.raises(NotAllowed):
        save_route(operator, Route(name="x"))
    User.objects.filter(pk=root.pk).update(operator_role="")
    with pytest.raises(NotFound):
        save_route(operator, Route(name="x"))


def test_what_somebody_deleted_meanwhile_is_not_made_again(operator, route):
    Route.objects.all().delete()
    with pytest.raises(NotFound, match="deleted"):
        save_route(operator, route)
    for gone in (
        lambda: delete_route(operator, route_id=route.pk),
        lambda: delete_provider(operator, provider_id="nonsense"),
        lambda: delete_budget(operator, budget_id=999),
    ):
        with pytest.raises(NotFound):
            gone()
