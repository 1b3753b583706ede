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

CREATE FUNCTION documents_document_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.access, NEW.owner_id, NEW.collection_id) IS DISTINCT FROM (OLD.access, OLD.owner_id, OLD.collection_id) THEN
        UPDATE accounts_workspace SET epoch = epoch + 1
        WHERE id IN (SELECT workspace_id FROM documents_collection WHERE id IN (OLD.collection_id, NEW.collection_id));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER document_epoch AFTER UPDATE OF access, owner_id, collection_id ON documents_document
    FOR EACH ROW EXECUTE FUNCTION documents_document_epoch();

CREATE FUNCTION documents_collectiongrant_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts_workspace SET epoch = epoch + 1
    WHERE id IN (SELECT workspace_id FROM documents_collection WHERE id IN (OLD.collection_id, NEW.collection_id));
    RETURN NULL;
END $$;
CREATE TRIGGER collectiongrant_epoch AFTER INSERT OR UPDATE OR DELETE ON documents_collectiongrant
    FOR EACH ROW EXECUTE FUNCTION documents_collectiongrant_epoch();

CREATE FUNCTION documents_documentgrant_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts_workspace SET epoch = epoch + 1
    WHERE id IN (SELECT workspace_id FROM documents_collection WHERE id IN
        (SELECT collection_id FROM documents_document WHERE id IN (OLD.document_id, NEW.document_id)));
    RETURN NULL;
END $$;
CREATE TRIGGER documentgrant_epoch AFTER INSERT OR UPDATE OR DELETE ON documents_documentgrant
    FOR EACH ROW EXECUTE FUNCTION documents_documentgrant_epoch();

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
DROP TRIGGER collectiongrant_epoch ON documents_collectiongrant;
DROP TRIGGER collectiongrant_workspace ON documents_collectiongrant;
DROP TRIGGER documentgrant_epoch ON documents_documentgrant;
DROP TRIGGER documentgrant_workspace ON documents_documentgrant;
DROP FUNCTION documents_collection_epoch, documents_document_epoch, documents_document_workspace, documents_collectiongrant_epoch,
    documents_documentgrant_epoch, documents_grant_workspace;
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0002_grants"), ("accounts", "0003_epochs")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
