"""The audit trail can be added to and read, and nothing else: rights for the app's role, a trigger for everybody's.

Retention, which the owner does, says `SET quire.audit_retention = 'on'` first. Rows are never updated by anybody.
"""

from django.db import migrations

FORWARD = """
DO $$
DECLARE grantee regrole;
BEGIN
    FOR grantee IN
        SELECT DISTINCT entry.grantee::regrole FROM pg_class, aclexplode(relacl) AS entry
        WHERE pg_class.oid = 'accounts_auditentry'::regclass AND entry.grantee NOT IN (0, relowner)
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON accounts_auditentry FROM %s', grantee);
    END LOOP;
    REVOKE ALL ON accounts_auditentry FROM PUBLIC;
END $$;

CREATE FUNCTION accounts_auditentry_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' AND current_setting('quire.audit_retention', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit trail is only added to' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER auditentry_kept BEFORE UPDATE OR DELETE ON accounts_auditentry FOR EACH ROW EXECUTE FUNCTION accounts_auditentry_kept();
CREATE TRIGGER auditentry_kept_whole BEFORE TRUNCATE ON accounts_auditentry FOR EACH STATEMENT EXECUTE FUNCTION accounts_auditentry_kept();
"""
BACKWARD = """
DROP TRIGGER auditentry_kept ON accounts_auditentry;
DROP TRIGGER auditentry_kept_whole ON accounts_auditentry;
DROP FUNCTION accounts_auditentry_kept;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_epochs")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
