"""Whoever leaves a workspace leaves their API keys to it: coming back later brings none of them to life again."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION accounts_membership_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts_apikey SET revoked_at = now()
    WHERE owner_id = OLD.user_id AND workspace_id = OLD.workspace_id AND revoked_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER membership_keys AFTER DELETE ON accounts_membership FOR EACH ROW EXECUTE FUNCTION accounts_membership_keys();
"""
BACKWARD = """
DROP TRIGGER membership_keys ON accounts_membership;
DROP FUNCTION accounts_membership_keys;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_audit_numbers")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
