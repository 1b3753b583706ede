"""The gateway in the administration: forms that refuse in words, keys that never come back, lists of calls that show no people to whom not."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import Group
from apps.administration.admin import long_lists
from apps.gateway.models import Budget, BudgetWindow, GuardPolicy, Model, Provider, QueryLog, Route, RouteTarget, UsageRecord
from tests.administration.forms import fields_of, fill_in
from tests.administration.test_changing_people import actions, refusal

pytestmark = pytest.mark.django_db
KEY = "sk-planted-0123456789"


@pytest.fixture
def client(client_for, root):
    return client_for(root)


@pytest.fixture
def provider():
    return Provider.objects.create(name="OpenAI", base_url="https://api.openai.com/v1", api_key=KEY)


@pytest.fixture
def model(provider):
    return Model.objects.create(provider=provider, name="gpt-big", price_in=Decimal("2.5"), price_out=Decimal(10))


@pytest.fixture
def route():
    return Route.objects.create(name="big")


def page_of(row, page="change"):
    return f"/admin/gateway/{row._meta.model_name}/{row.pk}/{page}/"


def list_of(kind, query=""):
    return f"/admin/gateway/{kind}/{query}"


def text(response):
    return " ".join(response.content.decode().split())


# --- providers


def test_a_provider_is_added_and_its_page_says_only_that_the_key_is_set(client):
    added = fill_in(client, list_of("provider", "add/"), name="OpenAI", base_url="https://api.openai.com/v1", new_key=KEY)
    provider = Provider.objects.get()
    assert added.headers["Location"] == page_of(provider)
    assert provider.api_key == KEY
    page = client.get(page_of(provider))
    assert fields_of(page)["new_key"] == [""]
    for address in (page_of(provider), list_of("provider"), page_of(provider, "delete")):
        shown = client.get(address).content.decode()
        assert KEY not in shown
        assert "v1:own" not in shown
    assert ">set<" in client.get(page_of(provider)).content.decode()
    assert {"provider.made", "provider.added"} <= actions(object_id=str(provider.pk))


def test_a_key_is_kept_replaced_and_removed(client, provider):
    fill_in(client, page_of(provider), name="Renamed")
    assert (Provider.objects.get().name, Provider.objects.get().api_key) == ("Renamed", KEY)
    fill_in(client, page_of(provider), new_key="sk-second")
    assert Provider.objects.get().api_key == "sk-second"
    assert "not both" in refusal(fill_in(client, page_of(provider), new_key="sk-third", drop_key="on"))
    fill_in(client, page_of(provider), drop_key="on")
    assert not Provider.objects.get().has_key
    page = client.get(page_of(provider)).content.decode()
    assert "not set" in page
    assert "drop_key" not in page


def test_a_refused_form_does_not_give_the_key_back(client, provider):
    words = refusal(fill_in(client, page_of(provider), base_url="ftp://x", new_key="sk-planted-again"))
    assert "an address of http or https" in words
    assert "sk-planted-again" not in words
    assert "Type it again" in refusal(fill_in(client, page_of(provider), base_url="https://elsewhere.example.org"))


def test_a_provider_with_models_and_a_model_with_routes_are_kept_in_words(client, model, route):
    RouteTarget.objects.create(route=route, model=model)
    assert "answers for big" in text(client.post(page_of(model, "delete"), {"post": "yes"}, follow=True))
    assert "1 model belongs to OpenAI" in text(client.post(page_of(model.provider, "delete"), {"post": "yes"}, follow=True))
    assert (Model.objects.count(), Provider.objects.count()) == (1, 1)
    client.post(page_of(route, "delete"), {"post": "yes"})
    client.post(page_of(model, "delete"), {"post": "yes"})
    client.post(page_of(model.provider, "delete"), {"post": "yes"})
    assert (Route.objects.count(), Model.objects.count(), Provider.objects.count()) == (0, 0, 0)


def test_the_connection_is_tested_from_the_providers_page_and_from_the_list(client, provider, fake_llm):
    from django.conf import settings

    Provider.objects.filter(pk=provider.pk).update(base_url=settings.QUIRE_LLM_BASE_URL)
    assert "Test the connection" in text(client.get(page_of(provider)))
    sent = {"action": "try_out", "_selected_action": [provider.pk]}
    answered = client.post(list_of("provider"), {**sent, "back": "1"}, follow=True)
    assert answered.redirect_chain[-1][0] == page_of(provider)
    assert "OpenAI was reached and lists" in text(answered)
    assert client.post(list_of("provider"), sent, follow=True).redirect_chain[-1][0] == list_of("provider")


def test_no_more_providers_are_asked_at_once_than_somebody_waits_for(client):
    own = [Provider.objects.create(name=f"Own {number}", kind="extractive") for number in range(6)]
    answered = text(client.post(list_of("provider"), {"action": "try_out", "_selected_action": [row.pk for row in own]}, follow=True))
    assert answered.count("comes with Quire and runs") == 5
    assert "5 are asked at once" in answered


def test_who_only_looks_has_no_button_and_no_field_for_a_key(operator_client, provider):
    onlooker = operator_client("operations")
    page = text(onlooker.get(page_of(provider)))
    assert "https://api.openai.com/v1" in page
    assert "Test the connection" not in page
    assert "new_key" not in page
    onlooker.post(list_of("provider"), {"action": "try_out", "_selected_action": [provider.pk]})
    assert actions(object_id=str(provider.pk)) == set()


def test_a_key_that_cannot_be_opened_is_told_on_the_page(client, provider, settings):
    settings.QUIRE_ENCRYPTION_KEYS = f"new:{'n' * 32}"
    assert "cannot be opened" in text(client.get(page_of(provider)))
    assert client.get(list_of("provider")).status_code == 200
    fill_in(client, page_of(provider), new_key="sk-anew")
    assert "cannot be opened" not in text(client.get(page_of(provider)))


# --- models


def test_a_model_is_added_with_what_it_can(client, provider):
    sent = {"provider": provider.pk, "name": "gpt-big", "capabilities": ["tools", "vision"], "price_in": "2.5", "price_out": "10"}
    assert fill_in(client, list_of("model", "add/"), **sent).status_code == 302
    model = Model.objects.get()
    assert (model.capabilities, model.price_in) == (["tools", "vision"], Decimal("2.5"))
    assert "both prices or neither" in refusal(fill_in(client, page_of(model), price_out=""))


def test_a_model_without_a_price_is_marked_and_found(client, provider, model):
    Model.objects.create(provider=provider, name="dear")
    Model.objects.create(provider=provider, name="own", price_in=0, price_out=0)
    Model.objects.create(provider=provider, name="vectors", kind="embedding", dimension=8, price_in=Decimal("0.02"))
    page = client.get(list_of("model")).content.decode()
    assert [word in page for word in ('class="lacking">no price<', ">free<", ">2.50 / 10.00<", ">0.02<")] == [True] * 4
    without = client.get(list_of("model", "?price=no")).content.decode()
    assert ("dear" in without, "gpt-big" in without, ">vectors<" in without) == (True, False, False)
    assert ">dear<" not in client.get(list_of("model", "?price=yes")).content.decode()


# --- routes


def test_a_route_is_made_given_models_and_made_the_default(client, model):
    made = fill_in(client, list_of("route", "add/"), name="big", is_default="on")
    route = Route.objects.get()
    assert made.headers["Location"] == page_of(route)
    saved = fill_in(client, page_of(route), **{"targets-0-model": model.pk, "targets-0-weight": 3})
    assert saved.status_code == 302, refusal(saved)
    target = RouteTarget.objects.get()
    assert (target.model, target.weight) == (model, 3)
    fill_in(client, list_of("route", "add/"), name="other", is_default="on")
    assert Route.objects.get(is_default=True).name == "other"
    fill_in(client, page_of(route), **{"targets-0-DELETE": "on"})
    assert not RouteTarget.objects.exists()
    assert {"route_target.made", "route_target.removed"} <= actions(object_id=str(target.pk))


def test_a_model_that_does_not_fit_is_refused_and_nothing_of_the_form_is_kept(client, provider, route):
    vectors = Model.objects.create(provider=provider, name="vectors", kind="embedding", dimension=8)
    page = client.get(page_of(route)).content.decode()
    assert "vectors" not in page
    refusal(fill_in(client, page_of(route), name="renamed", **{"targets-0-model": vectors.pk, "targets-0-weight": 1}))
    route.refresh_from_db()
    assert (route.name, route.targets.count()) == ("big", 0)


def test_a_refusal_by_the_service_takes_the_whole_form_back(client, provider):
    one, other = (Model.objects.create(provider=provider, name=name, kind="embedding", dimension=8) for name in ("small", "large"))
    route = Route.objects.create(name="vectors", kind="embedding")
    RouteTarget.objects.create(route=route, model=one)
    words = refusal(fill_in(client, page_of(route), name="renamed", **{"targets-1-model": other.pk, "targets-1-weight": 1}))
    assert "vectors of different models cannot be compared" in words
    route.refresh_from_db()
    assert (route.name, route.targets.count()) == ("vectors", 1)


def test_workspaces_are_chosen_by_those_who_see_them_and_kept_by_those_who_do_not(client, operator_client, route, acme, other):
    fill_in(client, page_of(route), is_restricted="on", workspaces=[str(acme.pk)])
    assert list(route.workspaces.all()) == [acme]
    engineer = operator_client("ai_engineer")
    page = text(engineer.get(page_of(route)))
    assert "1 workspace" in page
    assert "Acme" not in page
    assert fill_in(engineer, page_of(route), name="renamed").status_code == 302
    engineer.post(page_of(route), {**fields_of(engineer.get(page_of(route))), "workspaces": [str(other.pk)]})
    route.refresh_from_db()
    assert (route.name, route.is_restricted, list(route.workspaces.all())) == ("renamed", True, [acme])


# --- guards


def test_words_and_hosts_are_written_one_a_line(client, acme):
    sent = {"workspace": str(acme.pk), "prohibited_words": "red tulip\n\nsecret plan\r\nred tulip", "link_hosts": "Docs.example.org\n*"}
    added = fill_in(client, list_of("guardpolicy", "add/"), **sent)
    assert added.status_code == 302, refusal(added)
    policy = GuardPolicy.objects.get()
    assert (policy.workspace, policy.prohibited_words, policy.link_hosts) == (acme, ["red tulip", "secret plan"], ["docs.example.org", "*"])
    assert fields_of(client.get(page_of(policy)))["prohibited_words"] == ["red tulip\nsecret plan"]
    assert "is no host" in refusal(fill_in(client, page_of(policy), link_hosts="https://x.example.org"))
    assert "Line 2 is longer" in refusal(fill_in(client, page_of(policy), prohibited_words="a\n" + "b" * 121))
    fill_in(client, page_of(policy), prohibited_words="")
    policy.refresh_from_db()
    assert policy.prohibited_words == []


def test_an_ai_engineer_makes_the_general_policy(operator_client, acme):
    engineer = operator_client("ai_engineer")
    assert "All workspaces without one of their own" in text(engineer.get(list_of("guardpolicy", "add/")))
    engineer.post(list_of("guardpolicy", "add/"), {**fields_of(engineer.get(list_of("guardpolicy", "add/"))), "workspace": str(acme.pk)})
    assert GuardPolicy.objects.get().workspace is None


# --- budgets


def test_a_budget_is_for_exactly_one_and_its_page_says_what_is_left(client, alice, acme):
    team = Group.objects.create(workspace=acme, name="Team")
    assert "exactly one" in refusal(fill_in(client, list_of("budget", "add/"), money="5"))
    assert "exactly one" in refusal(fill_in(client, list_of("budget", "add/"), money="5", user=str(alice.pk), group=str(team.pk)))
    assert "money, of tokens, or both" in refusal(fill_in(client, list_of("budget", "add/"), user=str(alice.pk)))
    assert fill_in(client, list_of("budget", "add/"), user=str(alice.pk), money="50", tokens="1000").status_code == 302
    budget = Budget.objects.get()
    month, day = timezone.now().date().replace(day=1), timezone.now().date() - timedelta(days=40)
    BudgetWindow.objects.create(budget=budget, starts_on=day, spent_money=Decimal(49))
    BudgetWindow.objects.create(
        budget=budget, starts_on=month, spent_money=Decimal("12.4"), reserved_money=Decimal("0.3"), spent_tokens=900, reserved_tokens=300
    )
    for address in (list_of("budget"), page_of(budget)):
        page = text(client.get(address))
        assert [words in page for words in ("12.40 of 50.00 USD", "37.30 USD", "900 of 1,000", "Person Alice")] == [True] * 4
    assert ">0<" in client.get(list_of("budget")).content.decode()


def test_a_budget_without_a_call_is_whole_and_one_of_tokens_has_no_money_to_end(client, acme):
    Budget.objects.create(workspace=acme, tokens=2_000_000, period="day")
    page = text(client.get(list_of("budget")))
    assert [words in page for words in ("0 of 2,000,000", ">2,000,000<", "no limit", "0.00 USD", "Workspace Acme")] == [True] * 5


# --- calls and usage


@pytest.fixture
def make_call(alice, acme):
    def make(**fields):
        who = {"user_id": alice.pk, "workspace_id": acme.pk, "purpose": "answer", "provider": "OpenAI", "model": "gpt-big"}
        call = QueryLog.objects.create(**{"call_id": uuid4(), "kind": "chat", "latency_ms": 1234, "outcome": "answered", **who, **fields})
        UsageRecord.objects.create(call_id=call.call_id, attempt=1, input_tokens=1500, output_tokens=20, money=fields.get("money"), is_estimated=True, **who)
        return call

    return make


def test_calls_are_listed_with_what_they_took_and_cost(client, make_call):
    make_call(
        input_tokens=1500, output_tokens=20, money=Decimal("0.00395"), first_ms=90, cache="miss", guards={"personal_data.email": {"count": 2, "action": "mask"}}
    )
    page = text(client.get(list_of("querylog")))
    for words in ("alice@example.org", "1,500 / 20", "0.00395", "1.2 s", "90 ms", "personal data: email × 2", "answered"):
        assert words in page
    usage = text(client.get(list_of("usagerecord")))
    assert "≈ 1,500 / 20" in usage
    assert "no price" not in text(client.get(list_of("querylog", "?outcome=stopped")))


def test_a_call_without_a_price_or_without_tokens_does_not_look_free(client, make_call):
    make_call(input_tokens=3, output_tokens=4)
    make_call(outcome="budget_exceeded", user_id=None, workspace_id=None)
    page = client.get(list_of("querylog")).content.decode()
    assert page.count("no price") == 1
    assert "Quire itself" in page


def test_each_call_and_record_has_a_page_without_a_form(client, make_call):
    call = make_call(guards={"secrets.key": {"count": 1, "action": "mask"}}, money=Decimal("0.5"))
    for row in (call, UsageRecord.objects.get()):
        page = client.get(page_of(row)).content.decode()
        assert "alice@example.org" in page
        assert str(call.call_id) in page
        assert "_save" not in page
    assert "secrets.key" in client.get(page_of(call)).content.decode()


@pytest.mark.parametrize("role", ["developer", "ai_engineer"])
def test_who_sees_no_people_is_shown_none_and_finds_none(operator_client, make_call, alice, acme, role):
    call, onlooker = make_call(), operator_client(role)
    for address in (list_of("querylog"), list_of("usagerecord"), page_of(call), page_of(UsageRecord.objects.get())):
        page = onlooker.get(address).content.decode()
        assert [word in page for word in ("alice", "Alice", "Acme", str(alice.pk), str(acme.pk))] == [False] * 5
    assert "0 calls" in text(onlooker.get(list_of("querylog", "?q=alice")))
    assert "1 call" in text(onlooker.get(list_of("querylog", f"?q={call.call_id}")))
    assert onlooker.get(list_of("querylog", f"?workspace_id={acme.pk}")).status_code in {200, 302}


def test_calls_are_found_by_person_model_outcome_cache_kind_workspace_and_time(client, model, make_call, bob, acme, other):
    make_call()
    make_call(
        user_id=bob.pk,
        workspace_id=other.pk,
        model="extractive",
        outcome="provider_busy",
        cache="exact",
        kind="embedding",
        created_at=timezone.now() - timedelta(days=3),
    )
    queries = {
        "q=alice@example.org": 1, "q=example.org": 2, "q=nobody": 0, "model=gpt-big": 1, "model=unheard-of": 0, "outcome=provider_busy": 1, "cache=exact": 1,
        "kind=chat": 1, f"workspace_id={acme.pk}": 1, "workspace_id=nonsense": 0, "period=day": 1, "period=week": 2, "period=nonsense": 2,
    }  # fmt: skip
    for query, count in queries.items():
        assert client.get(list_of("querylog", f"?{query}")).context["cl"].result_count == count, query
    assert client.get(list_of("usagerecord", "?period=hour")).context["cl"].result_count == 2


def test_nothing_of_a_call_that_the_list_does_not_show_can_be_asked_for(client, make_call):
    make_call()
    assert client.get(list_of("querylog", "?prompt_version=x")).status_code == 400


def test_calls_are_never_counted_as_a_whole(client, make_call, monkeypatch):
    monkeypatch.setattr(long_lists, "ROWS_MAX", 2)
    for _ in range(4):
        make_call()
    for kind, table in (("querylog", "gateway_querylog"), ("usagerecord", "gateway_usagerecord")):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(list_of(kind)).context["cl"].result_count == 2
        counts = [query["sql"] for query in queries if "COUNT(" in query["sql"].upper() and table in query["sql"]]
        assert counts
        assert all("LIMIT 2" in sql for sql in counts)


# --- models in use


def test_the_page_of_models_in_use_shows_routes_and_why_a_model_is_not_asked(client, provider, model, route):
    trial = Model.objects.create(provider=provider, name="gpt-trial", stage="trial")
    off = Model.objects.create(provider=Provider.objects.create(name="Off", base_url="https://off.example.org", is_enabled=False), name="gpt-off")
    for row in (model, trial, off):
        RouteTarget.objects.create(route=route, model=row)
    Route.objects.create(name="empty", is_restricted=True, is_enabled=False, kind="embedding", is_default=True)
    page = text(client.get("/admin/models/"))
    for words in ("not asked: on trial", "not asked: its provider is not in use", "No model", "chosen workspaces only", "Not in use", "free", "extractive"):
        assert words in page
    assert KEY not in page


def test_the_page_of_models_in_use_tells_a_price_from_none(client, fake_llm, settings):
    assert "no price" in text(client.get("/admin/models/"))
    settings.QUIRE_LLM_PRICE_IN, settings.QUIRE_LLM_PRICE_OUT, settings.QUIRE_CURRENCY = Decimal("1.5"), Decimal(6), "EUR"
    page = text(client.get("/admin/models/"))
    assert "1.5 / 6" in page
    assert "Prices in EUR" in page
