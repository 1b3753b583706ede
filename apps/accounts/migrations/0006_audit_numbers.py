"""The app's role takes the next number of the audit trail and cannot turn the count back: entries with numbers that are taken would be dropped."""

from django.db import migrations

FORWARD = """
DO $$
DECLARE numbers regclass := pg_get_serial_sequence('accounts_auditentry', 'id');
DECLARE grantee regrole;
BEGIN
    FOR grantee IN
        SELECT DISTINCT entry.grantee::regrole FROM pg_class, aclexplode(relacl) AS entry
        WHERE pg_class.oid = numbers AND entry.grantee NOT IN (0, relowner)
    LOOP
        EXECUTE format('REVOKE UPDATE ON SEQUENCE %s FROM %s', numbers, grantee);
    END LOOP;
    EXECUTE format('REVOKE ALL ON SEQUENCE %s FROM PUBLIC', numbers);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_audit_search")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
