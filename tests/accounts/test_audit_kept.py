"""What stands in the audit trail stays there: the app's role has no right to more than adding, and a trigger refuses everybody."""

import pytest
from django.db import DatabaseError, connection, connections, transaction

from apps.accounts.models import AuditEntry, Membership
from apps.accounts.services.audit import record

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
CHANGES = {
    "an update": "UPDATE accounts_auditentry SET actor = 'nobody'",
    "a delete": "DELETE FROM accounts_auditentry",
    "a truncate": "TRUNCATE accounts_auditentry",
    "an update through a conflict": "INSERT INTO accounts_auditentry SELECT * FROM accounts_auditentry ON CONFLICT (id) DO UPDATE SET actor = 'nobody'",
    "a merge": "MERGE INTO accounts_auditentry a USING (SELECT 1) b ON true WHEN MATCHED THEN DELETE",
}
REDRAWINGS = {
    "dropping the trigger": "DROP TRIGGER auditentry_kept ON accounts_auditentry",
    "switching it off": "ALTER TABLE accounts_auditentry DISABLE TRIGGER ALL",
    "leaving it out as a replica": "SET session_replication_role = 'replica'",
    "replacing its function": ("CREATE OR REPLACE FUNCTION public.accounts_auditentry_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$"),
    "dropping its function": "DROP FUNCTION accounts_auditentry_kept CASCADE",
    "a trigger of one's own": ("CREATE TRIGGER forged BEFORE INSERT ON accounts_auditentry FOR EACH ROW EXECUTE FUNCTION accounts_auditentry_kept()"),
    "a rule": "CREATE RULE forged AS ON INSERT TO accounts_auditentry DO INSTEAD NOTHING",
    "another column": "ALTER TABLE accounts_auditentry ADD COLUMN forged text",
    "dropping the table": "DROP TABLE accounts_auditentry",
    "another owner": "ALTER TABLE accounts_auditentry OWNER TO CURRENT_USER",
    "turning its numbers back": "SELECT setval(pg_get_serial_sequence('accounts_auditentry', 'id'), 1)",
    "becoming the owner": "SET ROLE quire_owner",
    "a table in its place": "CREATE TABLE public.accounts_auditentry_2 (id bigint)",
}


def run(alias, *orders):
    with transaction.atomic(alias), connections[alias].cursor() as cursor:
        for order in orders:
            cursor.execute(order)


def is_refused(alias, *orders):
    with pytest.raises(DatabaseError) as caught:
        run(alias, *orders)
    return caught.value.__cause__.sqlstate


@pytest.fixture
def entry():
    return AuditEntry.objects.create(action="key.made", actor="alice@example.org")


@pytest.mark.parametrize("what", CHANGES)
def test_the_apps_role_has_no_right_to(entry, what):
    assert is_refused("default", CHANGES[what]) == "42501"
    assert is_refused("default", "SET LOCAL quire.audit_retention = 'on'", CHANGES[what]) == "42501"
    assert AuditEntry.objects.get().actor == "alice@example.org"


@pytest.mark.parametrize("what", REDRAWINGS)
def test_the_apps_role_cannot_redraw_it_by(entry, what):
    # 42501: no right. 22023: there is no such role to become.
    assert is_refused("default", REDRAWINGS[what]) in {"42501", "22023"}


@pytest.mark.parametrize("statement", ["save", "delete", "update"])
def test_the_orm_is_refused_as_well(entry, statement):
    change = {"save": entry.save, "delete": entry.delete, "update": lambda: AuditEntry.objects.update(actor="nobody")}[statement]
    with pytest.raises(DatabaseError), transaction.atomic():
        change()


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
@pytest.mark.parametrize("what", CHANGES)
def test_the_owner_is_refused_by_the_trigger(entry, what):
    assert is_refused("owner", CHANGES[what]) == "42501"
    assert AuditEntry.objects.get().actor == "alice@example.org"


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_owner_who_says_retention_may_remove_and_still_not_change(entry):
    retention = "SET LOCAL quire.audit_retention = 'on'"
    assert is_refused("owner", retention, CHANGES["an update"]) == "42501"
    assert AuditEntry.objects.exists()
    run("owner", retention, CHANGES["a delete"])
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_what_the_owner_said_ends_with_the_transaction(entry):
    run("owner", "SET LOCAL quire.audit_retention = 'on'")
    assert is_refused("owner", CHANGES["a delete"]) == "42501"


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_takes_its_entry_with_it(alice, acme):
    membership = Membership.objects.get(user=alice)
    with transaction.atomic():
        Membership.objects.filter(pk=membership.pk).update(role="viewer")
        record("membership.changed", actor=alice, target=membership)
        transaction.set_rollback(True)
    membership.refresh_from_db()
    assert (membership.role, AuditEntry.objects.exists()) == ("owner", False)


@pytest.mark.django_db(transaction=True)
def test_a_refused_call_changes_nothing_but_the_trail(client_for, bob, acme):
    from apps.documents.models import Collection, Document

    Membership.objects.filter(user=bob).update(role="viewer")

    def everything():
        return list(Document.objects.values()), list(Collection.objects.values()), list(Membership.objects.values())

    before = everything()
    assert client_for(bob).post("/api/v1/documents", {"file": "x"}).status_code == 403
    assert everything() == before
    assert sorted(AuditEntry.objects.exclude(action="session.signed_in").values_list("action", flat=True)) == ["api.request", "right.denied"]


def test_the_apps_role_may_do_these_two_things_and_no_third():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT privilege FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS privilege"
            " WHERE has_table_privilege('accounts_auditentry', privilege) ORDER BY 1"
        )
        assert [name for (name,) in cursor.fetchall()] == ["INSERT", "SELECT"]
