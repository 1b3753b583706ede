"""Whatever deletes a version says that nobody holds its file any more: a collection or a workspace that goes takes its documents by cascade."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION documents_release_files() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO documents_loosefile (place, since)
    SELECT DISTINCT original, now() FROM gone WHERE original <> ''
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER version_deleted AFTER DELETE ON documents_documentversion REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION documents_release_files();
"""
BACK = """
DROP TRIGGER version_deleted ON documents_documentversion;
DROP FUNCTION documents_release_files();
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0004_ingestion")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
