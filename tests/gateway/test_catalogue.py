"""The picture of what is behind the door: what it holds, and how soon it holds what changed."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import connection

from apps.accounts.models import Group
from apps.gateway import catalogue
from apps.gateway.catalogue import Catalogue, current, current_sync
from apps.gateway.models import Budget, CatalogueVersion, GuardPolicy, Model, Provider, Route, RouteTarget
from apps.gateway.selectors.catalogue import read_catalogue, read_version
from apps.gateway.targets import FREE, Price, RouteInfo, Target, own_route
from apps.gateway.types import Principal


@pytest.fixture
def clock(monkeypatch):
    """The time by which a process looks at the version again."""
    now = SimpleNamespace(seconds=1000.0)
    monkeypatch.setattr(catalogue, "time", SimpleNamespace(monotonic=lambda: now.seconds))
    return now


@pytest.fixture(autouse=True)
def no_picture(monkeypatch):
    monkeypatch.setattr(catalogue, "_picture", catalogue._EMPTY)
    monkeypatch.setattr(catalogue, "_looked_at", float("-inf"))


def make_model(name="gpt-big", provider=None, **fields):
    provider = provider or Provider.objects.get_or_create(name="OpenAI", defaults={"base_url": "https://api.openai.com/v1", "api_key": "sk-planted"})[0]
    return Model.objects.create(provider=provider, name=name, **fields)


def make_route(name="big", *models, **fields):
    route = Route.objects.create(name=name, **fields)
    for model, weight in models:
        RouteTarget.objects.create(route=route, model=model, weight=weight)
    return route


# --- what is in it


@pytest.mark.django_db
def test_an_installation_without_rows_has_an_empty_picture():
    assert read_version() == 0
    assert read_catalogue() == Catalogue(0)


@pytest.mark.django_db
def test_a_route_has_its_targets_by_falling_weight_with_all_it_takes_to_call_them():
    provider = Provider.objects.create(name="OpenAI", base_url="https://api.openai.com/v1", api_key="sk-planted", first_token_seconds=30, silence_seconds=9)
    big = make_model("gpt-big", provider, price_in=Decimal("2.5"), price_out=Decimal(10), window=128_000, capabilities=["tools", "json"])
    small = make_model("gpt-small", provider)
    make_route("big", (small, 1), (big, 5), is_default=True)
    route = read_catalogue().routes["big"]
    assert (route.is_default, route.workspaces) == (True, None)
    first, second = route.targets
    assert first == Target(
        "OpenAI", "gpt-big", "openai-compatible", "https://api.openai.com/v1", "sk-planted", 128_000, None, Price(Decimal("2.5"), Decimal(10)),
        frozenset({"tools", "json"}), 30.0, 9.0, 5,
    )  # fmt: skip
    assert (second.name, second.price, second.weight) == ("OpenAI/gpt-small", None, 1)
    assert "planted" not in repr(route)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "price"),
    [
        ({}, None),
        ({"price_in": Decimal(1)}, None),
        ({"price_out": Decimal(1)}, None),
        ({"price_in": Decimal(0), "price_out": Decimal(0)}, FREE),
        ({"kind": "embedding", "dimension": 8, "price_in": Decimal("0.1")}, Price(Decimal("0.1"), Decimal(0))),
        ({"kind": "rerank"}, None),
    ],
)
def test_no_price_is_not_the_price_of_nothing(fields, price):
    make_route("r", (make_model(**fields), 1), kind=fields.get("kind", "chat"))
    assert read_catalogue().routes["r"].targets[0].price == price


@pytest.mark.django_db
@pytest.mark.parametrize("stage", ["trial", "retired"])
def test_only_what_is_in_production_at_a_provider_in_use_is_asked(stage):
    off = Provider.objects.create(name="Off", base_url="https://off.example.org", is_enabled=False)
    make_route("mixed", (make_model("good"), 1), (make_model("other", stage=stage), 9), (make_model("off", off), 5))
    make_route("gone", (make_model("last", stage=stage), 1), is_default=True)
    make_route("unused", (make_model("fine"), 1), is_enabled=False)
    picture = read_catalogue()
    assert [target.model for target in picture.routes["mixed"].targets] == ["good"]
    assert picture.routes["gone"].targets == ()
    assert "unused" not in picture.routes
    # A default that has nothing to ask is none.
    assert picture.find_route("chat", None, None) == own_route("chat")


@pytest.mark.django_db
def test_a_key_that_cannot_be_opened_leaves_the_others_in_use(settings, caplog):
    make_route("one", (make_model("m"), 1))
    other = Provider.objects.create(name="Other", base_url="https://other.example.org")
    settings.QUIRE_ENCRYPTION_KEYS = f"new:{'n' * 32}"
    other.api_key = "sk-other"
    other.save()
    make_route("two", (make_model("m", other), 1))
    routes = read_catalogue().routes
    assert (routes["one"].targets[0].api_key, routes["two"].targets[0].api_key) == ("", "sk-other")
    assert [record.message for record in caplog.records if record.name.endswith("catalogue")] == ["gateway.key_not_opened"]
    assert "planted" not in caplog.text


@pytest.mark.django_db
def test_it_takes_the_same_few_queries_however_much_there_is(django_assert_num_queries, acme):
    for number in range(6):
        route = make_route(f"route-{number}", (make_model(f"m{number}"), 1), is_restricted=True)
        route.workspaces.add(acme)
        Budget.objects.create(workspace=acme, tokens=number)
    with django_assert_num_queries(6):
        read_catalogue()


@pytest.mark.django_db
def test_guards_are_the_workspaces_own_or_the_general_ones_or_what_comes_with_quire(acme, other):
    assert read_catalogue().rules_of(str(acme.pk)) == catalogue.DEFAULT_RULES
    GuardPolicy.objects.create(personal_data="block")
    own = GuardPolicy.objects.create(workspace=acme, secrets="off", prohibited_words=["tulip"], link_hosts=["Docs.example.org"])
    picture = read_catalogue()
    rules = picture.rules_of(str(acme.pk))
    assert (rules.secrets, rules.prohibited_words, rules.link_hosts) == ("off", ("tulip",), frozenset({"docs.example.org"}))
    assert picture.rules_of(str(other.pk)).personal_data == picture.rules_of(None).personal_data == "block"
    own.secrets = "mask"
    own.save()
    assert read_catalogue().rules_of(str(acme.pk)).version != rules.version


@pytest.mark.django_db
def test_budgets_that_count_are_those_of_the_person_their_groups_their_key_and_the_workspace(alice, bob, acme, other):
    team = Group.objects.create(workspace=acme, name="Team")
    mine = Budget.objects.create(user=alice, money=Decimal(5))
    Budget.objects.create(user=bob, money=Decimal(5))
    whole = Budget.objects.create(workspace=acme, tokens=100, period="day")
    Budget.objects.create(workspace=other, tokens=100)
    of_team = Budget.objects.create(group=team, tokens=7)
    Budget.objects.create(workspace=acme, tokens=1, is_enabled=False)
    picture = read_catalogue()

    def counted(**who):
        return [budget.id for budget in picture.budgets_of(Principal(**{"user_id": None, "workspace_id": None, "purpose": "test", **who}))]

    in_acme = {"user_id": str(alice.pk), "workspace_id": str(acme.pk)}
    assert counted(**in_acme) == [mine.pk, whole.pk]
    assert counted(**in_acme, groups=frozenset({str(team.pk)})) == [mine.pk, whole.pk, of_team.pk]
    assert counted(workspace_id=str(acme.pk)) == [whole.pk]
    assert counted() == []
    [found] = [budget for budget in picture.budgets if budget.id == whole.pk]
    assert (found.subject, found.subject_id, found.period, found.money, found.tokens) == ("workspace", str(acme.pk), "day", None, 100)


# --- which route a name means

TARGET = Target("p", "m", "openai-compatible")


def picture_of(*routes):
    return Catalogue(1, {route.name: route for route in routes})


def test_without_a_name_the_default_answers_and_without_one_what_the_settings_name():
    default = RouteInfo("main", "chat", (TARGET,), is_default=True)
    assert picture_of(default, RouteInfo("other", "chat", (TARGET,))).find_route("chat", None, None) is default
    assert picture_of(RouteInfo("other", "chat", (TARGET,))).find_route("chat", None, None) == own_route("chat")
    assert picture_of(default).find_route("embedding", None, None) == own_route("embedding")
    assert picture_of(default).find_route("rerank", None, None) is None


def test_a_default_for_chosen_workspaces_is_none_for_others():
    route = RouteInfo("main", "chat", (TARGET,), workspaces=frozenset({"acme"}), is_default=True)
    assert picture_of(route).find_route("chat", None, "acme") is route
    assert picture_of(route).find_route("chat", None, "other") == own_route("chat")


def test_a_restricted_route_is_not_there_for_others():
    route = RouteInfo("secret", "chat", (TARGET,), workspaces=frozenset({"acme"}))
    picture = picture_of(route)
    assert picture.find_route("chat", "secret", "acme") is route
    assert picture.find_route("chat", "secret", "other") is None
    assert picture.find_route("chat", "secret", None) is None
    assert [found.name for found in picture.list_routes("chat", "other")] == ["extractive"]
    assert [found.name for found in picture.list_routes("chat", "acme")] == ["extractive", "secret"]


def test_a_name_of_another_kind_is_unknown():
    picture = picture_of(RouteInfo("vectors", "embedding", (TARGET,)))
    assert picture.find_route("chat", "vectors", None) is None
    assert picture.find_route("chat", "gpt-99", None) is None


def test_what_the_settings_name_is_asked_for_by_its_name_unless_a_route_has_it():
    assert picture_of().find_route("chat", "extractive", None) == own_route("chat")
    route = RouteInfo("extractive", "chat", (TARGET,), workspaces=frozenset())
    assert picture_of(route).find_route("chat", "extractive", "acme") is None
    assert picture_of(route).list_routes("chat", "acme") == []


def test_the_settings_own_have_the_prices_of_the_settings(fake_llm, fake_embeddings, settings):
    assert own_route("chat").targets[0].price is None
    assert own_route("embedding").targets[0].price is None
    settings.QUIRE_LLM_PRICE_IN, settings.QUIRE_LLM_PRICE_OUT, settings.QUIRE_LLM_WINDOW = Decimal(1), Decimal(2), 8000
    settings.QUIRE_EMBEDDINGS_PRICE = Decimal("0.1")
    [chat], [embedding] = own_route("chat").targets, own_route("embedding").targets
    assert (chat.price, chat.window, chat.name, chat.is_embedded) == (Price(Decimal(1), Decimal(2)), 8000, "settings/fake-model", False)
    assert (embedding.price, embedding.dimension) == (Price(Decimal("0.1"), Decimal(0)), fake_embeddings.dimension)
    assert chat.price.of(1_000_000, 500_000) == 2
    assert "sk-secret" not in repr(chat)


def test_what_comes_with_quire_is_free():
    [chat], [embedding] = own_route("chat").targets, own_route("embedding").targets
    assert (chat.price, embedding.price) == (FREE, FREE)
    assert (chat.is_embedded, embedding.is_embedded) == (True, True)


# --- how soon it is seen


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "change",
    [
        lambda acme: Provider.objects.update(is_enabled=False),
        lambda acme: Model.objects.update(stage="retired"),
        lambda acme: Route.objects.update(is_enabled=False),
        lambda acme: RouteTarget.objects.all().delete(),
        lambda acme: Route.objects.get().workspaces.add(acme),
        lambda acme: Budget.objects.create(workspace=acme, tokens=1),
        lambda acme: GuardPolicy.objects.create(),
        lambda acme: connection.cursor().execute("UPDATE gateway_model SET price_in = 1, price_out = 1"),
    ],
    ids=["provider", "model", "route", "target", "workspaces", "budget", "guards", "bare SQL"],
)
def test_a_change_of_anything_is_seen_half_a_second_later(clock, acme, change):
    make_route("big", (make_model(), 1), is_restricted=True)
    before = current_sync()
    change(acme)
    clock.seconds += 0.4
    assert current_sync() is before
    clock.seconds += 0.2
    after = current_sync()
    assert after.version > before.version
    assert after != before


@pytest.mark.django_db(transaction=True)
def test_where_nothing_moved_one_small_row_is_read_and_the_picture_stays(clock, django_assert_num_queries):
    make_route("big", (make_model(), 1))
    before = current_sync()
    clock.seconds += 1
    with django_assert_num_queries(1):
        assert current_sync() is before
    with django_assert_num_queries(0):
        assert current_sync() is before


@pytest.mark.django_db(transaction=True)
def test_what_was_forgotten_is_looked_at_again_at_once(clock):
    before = current_sync()
    make_route("big", (make_model(), 1))
    assert current_sync() is before
    catalogue.forget()
    assert "big" in current_sync().routes


@pytest.mark.django_db(transaction=True)
def test_a_change_that_was_rolled_back_moves_nothing():
    from django.db import transaction

    make_model()
    version = read_version()
    with transaction.atomic():
        Model.objects.update(stage="trial")
        assert read_version() > version
        transaction.set_rollback(True)
    assert read_version() == version
    assert CatalogueVersion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
async def test_an_event_loop_waits_for_its_first_picture_and_then_for_none(clock):
    from apps.common.db import run_db

    await run_db(lambda: make_route("big", (make_model(), 1)))
    # Code without `await` gets the first as well: another thread takes it.
    first = current_sync()
    assert "big" in first.routes
    assert await current() is first
    await run_db(lambda: Route.objects.update(name="renamed"))
    clock.seconds += 1
    # Within the loop nothing waits for the database; the next look is somebody's who can.
    assert current_sync() is first
    assert "renamed" in (await current()).routes
    assert "renamed" in current_sync().routes
