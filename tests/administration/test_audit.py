"""The audit trail in the administration: who sees it, how it is found, and how it is handed out."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import AuditEntry
from apps.accounts.selectors import audit
from apps.administration.admin import long_lists

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/auditentry/"
EXPORT = f"{LIST}export/"


@pytest.fixture
def make_entry(alice):
    def make(action="role.changed", **fields):
        return AuditEntry.objects.create(**{"action": action, "actor_id": alice.pk, "actor": alice.email, **fields})

    return make


def shown(client, query=""):
    response = client.get(f"{LIST}?{query}")
    assert response.status_code == 200, response
    return [entry.pk for entry in response.context["cl"].result_list]


def lines(response):
    return [json.loads(line) for line in b"".join(response.streaming_content).decode().splitlines()]


@pytest.mark.parametrize(("role", "status"), [("administrator", 200), ("operations", 200), ("developer", 403), ("deployer", 403), ("ai_engineer", 403)])
def test_only_roles_that_look_after_it_see_and_export_it(client_for, make_user, make_entry, role, status):
    client = client_for(make_user("op", operator_role=role))
    entry = make_entry()
    assert client.get(LIST).status_code == status
    assert client.get(f"{LIST}{entry.pk}/change/").status_code == status
    assert client.post(EXPORT).status_code == status
    assert AuditEntry.objects.filter(action="audit.exported").exists() == (status == 200)


def test_nobody_else_gets_near_it(client_for, alice, acme):
    for client in (client_for(), client_for(alice)):
        assert client.get(LIST).status_code == client.post(EXPORT).status_code == 302


def test_it_is_only_looked_at(client_for, root, make_entry):
    client, entry = client_for(root), make_entry()
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.get(f"{LIST}{entry.pk}/delete/").status_code == 403
    assert client.post(f"{LIST}{entry.pk}/change/", {"action": "nothing.happened"}).status_code == 403
    entry.refresh_from_db()
    assert entry.action == "role.changed"


def test_the_newest_come_first_and_one_is_shown_readably(client_for, root, make_entry):
    client = client_for(root)
    old, new = make_entry(detail={"permissions": ["a <b>", "ä"]}), make_entry()
    assert shown(client).index(new.pk) < shown(client).index(old.pk)
    page = client.get(f"{LIST}{old.pk}/change/").content.decode()
    assert "&quot;a &lt;b&gt;&quot;" in page
    assert "ä" in page


@pytest.mark.parametrize(
    ("term", "field", "value"),
    [
        ("req-12345678", "request_id", "req-12345678"),
        ("membership.changed", "action", "membership.changed"),
        ("17", "object_id", "17"),
        ("203.0.113.9", "address", "203.0.113.9"),
        ("2001:DB8::1", "address", "2001:db8::1"),
        ("11111111-2222-4333-8444-555555555555", "object_id", "11111111-2222-4333-8444-555555555555"),
        ("11111111-2222-4333-8444-555555555555", "api_key_id", "11111111-2222-4333-8444-555555555555"),
        ("11111111-2222-4333-8444-555555555555", "workspace_id", "11111111-2222-4333-8444-555555555555"),
        ("11111111222243338444555555555555", "request_id", "11111111222243338444555555555555"),
        ("2026-01-31", "at", datetime(2026, 1, 31, 23, 59, tzinfo=UTC)),
        ("gone@example.org", "actor", "gone@example.org"),
    ],
)
def test_it_is_searched_by_whole_values(client_for, root, make_entry, term, field, value):
    make_entry()
    wanted = make_entry(**{field: value})
    assert shown(client_for(root), f"q={term}") == [wanted.pk]
    assert shown(client_for(root), f"q={term[:-1]}") == []


def test_a_person_is_found_by_the_e_mail_of_today(client_for, root, alice, make_entry):
    entry = make_entry(actor="maiden-name@example.org")
    assert shown(client_for(root), "q=ALICE@example.org") == [entry.pk]


def test_an_id_of_two_kinds_finds_both(client_for, root, alice, make_entry):
    did = make_entry()
    happened = make_entry(actor_id=root.pk, object_type="user", object_id=str(alice.pk))
    assert shown(client_for(root), f"q={alice.pk}") == [happened.pk, did.pk]


@pytest.mark.parametrize("term", ["%00", "2026-02-31", "nothing", "x" * 500, "'; DROP TABLE", "%F0%9F%92%A5"])
def test_what_is_nowhere_finds_nothing(client_for, root, make_entry, term):
    make_entry()
    response = client_for(root).get(f"{LIST}?q={term}")
    assert response.status_code in {200, 400}
    assert b"role.changed" not in response.content


def test_it_is_filtered_by_family_and_by_time(client_for, root, make_entry):
    key = make_entry("key.made")
    old = make_entry("key.revoked", at=datetime.now(UTC) - timedelta(days=8))
    make_entry("keyhole.seen")
    client = client_for(root)
    assert shown(client, "family=key") == [old.pk, key.pk]
    assert shown(client, "family=key&period=week") == [key.pk]
    assert shown(client, "family=nothing") == []
    assert old.pk not in shown(client, "period=hour")
    assert key.pk in shown(client, "period=nonsense")


def test_no_other_filter_is_taken_from_the_address(client_for, root, make_entry):
    make_entry()
    for query in ("detail__contains=x", "actor__startswith=a", "actor_id=1"):
        assert client_for(root).get(f"{LIST}?{query}").status_code in {302, 400}
        assert client_for(root).post(f"{EXPORT}?{query}").status_code in {400, 422}
    assert not AuditEntry.objects.filter(action="audit.exported").exists()


def test_the_export_of_a_page_that_is_none_hands_nothing_out(client_for, root, make_entry):
    for _ in range(51):
        make_entry()
    assert client_for(root).post(f"{EXPORT}?p=99999").status_code == 422
    assert not AuditEntry.objects.filter(action="audit.exported").exists()


def test_the_list_takes_as_many_queries_for_many_as_for_few(client_for, root, alice, make_entry):
    client = client_for(root)

    def count(query):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            shown(client, query)
        return len(queries)

    make_entry(), shown(client)
    few = [count(query) for query in ("", "family=role", f"q={alice.email}")]
    for number in range(60):
        make_entry(object_id=str(number))
    assert [count(query) for query in ("", "family=role", f"q={alice.email}")] == few


def test_it_is_never_counted_as_a_whole(client_for, root, make_entry, monkeypatch):
    monkeypatch.setattr(long_lists, "ROWS_MAX", 2)
    for _ in range(5):
        make_entry()
    with CaptureQueriesContext(connection) as queries:
        response = client_for(root).get(LIST)
    assert response.context["cl"].result_count == 2
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"].upper()]
    assert counts
    assert all("LIMIT 2" in sql for sql in counts if "auditentry" in sql)


def test_the_export_holds_every_field_of_what_the_list_would_show(client_for, root, alice, make_entry):
    key, document = uuid4(), uuid4()
    entry = make_entry(
        "document.deleted", api_key_id=key, workspace_id=uuid4(), object_type="document", object_id=str(document), request_id="req-12345678",
        address="203.0.113.9", method="DELETE", route="api/v1/documents/<uuid:document_id>", status=204, latency_ms=12, detail={"words": "a\nb\u2028c"},
    )  # fmt: skip
    make_entry("key.made")
    response = client_for(root).post(f"{EXPORT}?family=document")
    assert response.headers["Content-Type"] == "application/x-ndjson"
    assert response.headers["Content-Disposition"] == f'attachment; filename="quire-audit-{datetime.now(UTC):%Y-%m-%d}.jsonl"'
    (line,) = lines(response)
    assert set(line) == {field.attname for field in AuditEntry._meta.concrete_fields}
    assert (line["id"], line["actor"], line["api_key_id"], line["object_id"]) == (entry.pk, alice.email, str(key), str(document))
    assert datetime.fromisoformat(line["at"]) == entry.at
    assert (line["status"], line["latency_ms"], line["address"], line["detail"]) == (204, 12, "203.0.113.9", {"words": "a\nb\u2028c"})


def test_an_export_is_an_event_of_its_own(client_for, root, make_entry):
    entries = [make_entry("key.made") for _ in range(3)]
    response = client_for(root).post(f"{EXPORT}?family=key&q=key.made")
    assert [line["id"] for line in lines(response)] == [entry.pk for entry in entries]
    exported = AuditEntry.objects.get(action="audit.exported")
    assert exported.actor == root.email
    assert exported.detail == {"asked": {"family": ["key"], "q": ["key.made"]}, "rows": 3}
    assert exported.route == "admin/accounts/auditentry/export/"


def test_many_entries_come_in_chunks_and_once_each(client_for, root, make_entry, monkeypatch):
    monkeypatch.setattr(audit, "CHUNK", 2)
    entries = [make_entry("key.made") for _ in range(5)]
    response = client_for(root).post(f"{EXPORT}?family=key")
    assert [line["id"] for line in lines(response)] == [entry.pk for entry in entries]


def test_a_trail_that_holds_nothing_is_an_empty_file(client_for, root):
    assert lines(client_for(root).post(f"{EXPORT}?family=key")) == []


def test_a_password_that_an_operator_sets_is_an_event_by_name(client_for, root, alice):
    new = {"password1": "another long phrase", "password2": "another long phrase"}
    assert client_for(root).post(f"/admin/accounts/user/{alice.pk}/password/", new).status_code == 302
    entry = AuditEntry.objects.get(action="password.changed")
    assert (entry.actor, entry.object_id, entry.detail) == (root.email, str(alice.pk), {"by": "administration"})


def test_an_export_takes_a_click_of_ones_own(client_for, root):
    assert client_for(root).get(EXPORT).status_code == 405


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_it_is_streamed(async_client, root, make_entry, monkeypatch):
    from asgiref.sync import sync_to_async

    monkeypatch.setattr(audit, "CHUNK", 2)
    entries = [await sync_to_async(make_entry)("key.made") for _ in range(3)]
    await async_client.aforce_login(root)
    response = await async_client.post(f"{EXPORT}?family=key")
    assert response.is_async
    chunks = [chunk async for chunk in response]
    assert len(chunks) == 2
    assert [json.loads(line)["id"] for line in b"".join(chunks).splitlines()] == [entry.pk for entry in entries]


def export(*options):
    out = StringIO()
    call_command("export_audit", *options, stdout=out)
    return [json.loads(line)["action"] for line in out.getvalue().splitlines()]


def test_the_command_writes_the_same_lines_between_two_moments(make_entry):
    for day in (1, 2, 3):
        make_entry(f"day.{day}", at=datetime(2026, 1, day, tzinfo=UTC))
    assert export() == ["day.1", "day.2", "day.3"]
    assert export("--since", "2026-01-02", "--until", "2026-01-03") == ["day.2"]
    assert export("--since", "2026-01-02T01:00+01:00", "--until", "2026-01-02T00:00:01Z") == ["day.2"]
    assert AuditEntry.objects.filter(action="audit.exported").values_list("detail", flat=True)[1] == {
        "asked": {"since": "2026-01-02", "until": "2026-01-03"},
        "rows": 1,
    }


def test_the_command_says_what_a_moment_looks_like(db):
    with pytest.raises(CommandError, match="2026-01-31"):
        call_command("export_audit", "--since", "yesterday")
