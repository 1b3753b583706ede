"""The catalogue's version moves with each change of what it holds, whoever changes it and however.

The number is the transaction's own: it is seen with the change and never before it, and never given twice.
"""

from django.db import migrations

_TABLES = (
    "gateway_provider",
    "gateway_model",
    "gateway_route",
    "gateway_routetarget",
    "gateway_route_workspaces",
    "gateway_budget",
    "gateway_guardpolicy",
)
_FUNCTION = """
CREATE FUNCTION gateway_catalogue_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO gateway_catalogueversion (id, number) VALUES (1, pg_current_xact_id()::text::bigint)
    ON CONFLICT (id) DO UPDATE SET number = EXCLUDED.number;
    RETURN NULL;
END $$;
-- A policy's own version, which cached answers are kept under.
CREATE FUNCTION gateway_guardpolicy_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER guardpolicy_version BEFORE UPDATE ON gateway_guardpolicy FOR EACH ROW EXECUTE FUNCTION gateway_guardpolicy_version();
"""
FORWARD = _FUNCTION + "".join(
    f"CREATE TRIGGER catalogue_moves AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION gateway_catalogue_moves();\n"
    for table in _TABLES
)
BACKWARD = "".join(f"DROP TRIGGER catalogue_moves ON {table};\n" for table in _TABLES) + (
    "DROP TRIGGER guardpolicy_version ON gateway_guardpolicy;\nDROP FUNCTION gateway_catalogue_moves, gateway_guardpolicy_version;\n"
)


class Migration(migrations.Migration):
    dependencies = [("gateway", "0001_tables")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
