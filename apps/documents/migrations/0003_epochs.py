"""What is opened or closed in the library counts as a change of what the workspace's people may see: by triggers, as in accounts."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION documents_collection_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts_workspace SET epoch = epoch + 1 WHERE id = NEW.workspace_id;
    RETURN NULL;
END $$;
CREATE TRIGGER collection_epoch AFTER UPDATE OF everyone ON documents_collection
    FOR EACH ROW EXECUTE FUNCTION documents_collection_epoch();
CREATE TRIGGER collection_stays BEFORE UPDATE ON documents_collection
    FOR EACH ROW WHEN (OLD.workspace_id <> NEW.workspace_id) EXECUTE FUNCTION accounts_row_stays();

-- By statement and not by row: moving ten thousand documents writes the workspace's row once.
CREATE FUNCTION documents_document_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts_workspace SET epoch = epoch + 1 WHERE id IN (
        SELECT collection.workspace_id FROM before JOIN after USING (id)
        JOIN documents_collection AS collection ON collection.id IN (before.collection_id, after.collection_id)
        WHERE (before.access, before.owner_id, before.collection_id) IS DISTINCT FROM (after.access, after.owner_id, after.collection_id));
    RETURN NULL;
END $$;
CREATE TRIGGER document_epoch AFTER UPDATE ON documents_document REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION documents_document_epoch();

CREATE FUNCTION documents_collectiongrant_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts_workspace SET epoch = epoch + 1
    WHERE id IN (SELECT workspace_id FROM documents_collection WHERE id IN (SELECT collection_id FROM changed));
    RETURN NULL;
END $$;
CREATE TRIGGER collectiongrant_added AFTER INSERT ON documents_collectiongrant REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION documents_collectiongrant_epoch();
CREATE TRIGGER collectiongrant_changed AFTER UPDATE ON documents_collectiongrant REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION documents_collectiongrant_epoch();
CREATE TRIGGER collectiongrant_removed AFTER DELETE ON documents_collectiongrant REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION documents_collectiongrant_epoch();

CREATE FUNCTION documents_documentgrant_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts_workspace SET epoch = epoch + 1
    WHERE id IN (SELECT workspace_id FROM documents_collection WHERE id IN
        (SELECT collection_id FROM documents_document WHERE id IN (SELECT document_id FROM changed)));
    RETURN NULL;
END $$;
CREATE TRIGGER documentgrant_added AFTER INSERT ON documents_documentgrant REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION documents_documentgrant_epoch();
CREATE TRIGGER documentgrant_changed AFTER UPDATE ON documents_documentgrant REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION documents_documentgrant_epoch();
CREATE TRIGGER documentgrant_removed AFTER DELETE ON documents_documentgrant REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION documents_documentgrant_epoch();

-- Whoever a collection or a document is opened to is of its workspace.
CREATE FUNCTION documents_grant_workspace() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE home uuid;
BEGIN
    IF TG_TABLE_NAME = 'documents_collectiongrant' THEN
        home := (SELECT workspace_id FROM documents_collection WHERE id = NEW.collection_id);
    ELSE
        home := (SELECT workspace_id FROM documents_collection WHERE id = (SELECT collection_id FROM documents_document WHERE id = NEW.document_id));
    END IF;
    IF home IS DISTINCT FROM coalesce(
        (SELECT workspace_id FROM accounts_membership WHERE id = NEW.member_id),
        (SELECT workspace_id FROM accounts_group WHERE id = NEW.group_id)) THEN
        RAISE EXCEPTION 'the grant names somebody of another workspace' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER collectiongrant_workspace BEFORE INSERT OR UPDATE ON documents_collectiongrant
    FOR EACH ROW EXECUTE FUNCTION documents_grant_workspace();
CREATE TRIGGER documentgrant_workspace BEFORE INSERT OR UPDATE ON documents_documentgrant
    FOR EACH ROW EXECUTE FUNCTION documents_grant_workspace();

-- A document moves within its workspace: passages and files are filed under it.
CREATE FUNCTION documents_document_workspace() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.collection_id <> OLD.collection_id AND
        (SELECT workspace_id FROM documents_collection WHERE id = NEW.collection_id)
        IS DISTINCT FROM (SELECT workspace_id FROM documents_collection WHERE id = OLD.collection_id) THEN
        RAISE EXCEPTION 'a document moves within its workspace' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER document_workspace BEFORE UPDATE OF collection_id ON documents_document
    FOR EACH ROW EXECUTE FUNCTION documents_document_workspace();
"""
BACKWARD = """
DROP TRIGGER collection_stays ON documents_collection;
DROP TRIGGER collection_epoch ON documents_collection;
DROP TRIGGER document_epoch ON documents_document;
DROP TRIGGER document_workspace ON documents_document;
DROP TRIGGER collectiongrant_added ON documents_collectiongrant;
DROP TRIGGER collectiongrant_changed ON documents_collectiongrant;
DROP TRIGGER collectiongrant_removed ON documents_collectiongrant;
DROP TRIGGER collectiongrant_workspace ON documents_collectiongrant;
DROP TRIGGER documentgrant_added ON documents_documentgrant;
DROP TRIGGER documentgrant_changed ON documents_documentgrant;
DROP TRIGGER documentgrant_removed ON documents_documentgrant;
DROP TRIGGER documentgrant_workspace ON documents_documentgrant;
DROP FUNCTION documents_collection_epoch, documents_document_epoch, documents_document_workspace, documents_collectiongrant_epoch,
    documents_documentgrant_epoch, documents_grant_workspace;
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0002_grants"), ("accounts", "0003_epochs")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
