"""Epochs are counted where nothing can pass by: in the database, whoever changes a row and however."""

from django.db import migrations

# One function a table; each counts the people whose rights the change touches, by statement where a statement may touch many.
# An epoch only ever grows.
FORWARD = """
-- What grants and members hang on stays where it is.
CREATE FUNCTION accounts_row_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a row of % stays in its workspace', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;

CREATE FUNCTION accounts_user_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.is_active, NEW.password, NEW.operator_role) IS DISTINCT FROM (OLD.is_active, OLD.password, OLD.operator_role) THEN
        NEW.epoch := OLD.epoch + 1;
    END IF;
    -- A row that was read before and is saved whole must not turn the count back.
    NEW.epoch := greatest(NEW.epoch, OLD.epoch);
    RETURN NEW;
END $$;
CREATE TRIGGER user_epoch BEFORE UPDATE ON accounts_user FOR EACH ROW EXECUTE FUNCTION accounts_user_epoch();

CREATE FUNCTION accounts_workspace_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.epoch := greatest(NEW.epoch, OLD.epoch);
    RETURN NEW;
END $$;
CREATE TRIGGER workspace_epoch BEFORE UPDATE ON accounts_workspace FOR EACH ROW EXECUTE FUNCTION accounts_workspace_epoch();

CREATE FUNCTION accounts_membership_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts_user SET epoch = epoch + 1 WHERE id IN (OLD.user_id, NEW.user_id);
    RETURN NULL;
END $$;
CREATE TRIGGER membership_epoch AFTER INSERT OR UPDATE OR DELETE ON accounts_membership
    FOR EACH ROW EXECUTE FUNCTION accounts_membership_epoch();

CREATE FUNCTION accounts_groupmember_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Locked in one order, so that two big groups that change at once wait for each other and no more.
    UPDATE accounts_user SET epoch = epoch + 1 WHERE id IN (
        SELECT id FROM accounts_user WHERE id IN (
            SELECT user_id FROM accounts_membership WHERE id IN (SELECT membership_id FROM changed)
        ) ORDER BY id FOR NO KEY UPDATE);
    RETURN NULL;
END $$;
CREATE TRIGGER groupmember_added AFTER INSERT ON accounts_groupmember REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_groupmember_epoch();
CREATE TRIGGER groupmember_removed AFTER DELETE ON accounts_groupmember REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_groupmember_epoch();
CREATE TRIGGER groupmember_stays BEFORE UPDATE ON accounts_groupmember
    FOR EACH ROW WHEN (OLD.group_id <> NEW.group_id OR OLD.membership_id <> NEW.membership_id) EXECUTE FUNCTION accounts_row_stays();

CREATE FUNCTION accounts_role_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts_user SET epoch = epoch + 1 WHERE id IN (
        SELECT id FROM accounts_user WHERE id IN (SELECT user_id FROM accounts_membership WHERE custom_role_id = NEW.id)
        ORDER BY id FOR NO KEY UPDATE);
    RETURN NULL;
END $$;
CREATE TRIGGER role_epoch AFTER UPDATE OF permissions ON accounts_role FOR EACH ROW EXECUTE FUNCTION accounts_role_epoch();

CREATE FUNCTION accounts_apikey_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts_user SET epoch = epoch + 1 WHERE id IN (OLD.owner_id, NEW.owner_id);
    RETURN NULL;
END $$;
CREATE TRIGGER apikey_epoch AFTER UPDATE OF scopes, expires_at, revoked_at, owner_id, workspace_id ON accounts_apikey
    FOR EACH ROW EXECUTE FUNCTION accounts_apikey_epoch();

-- A group is of its members' workspace: a member of another one would carry rights across.
CREATE FUNCTION accounts_groupmember_workspace() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT workspace_id FROM accounts_group WHERE id = NEW.group_id)
        IS DISTINCT FROM (SELECT workspace_id FROM accounts_membership WHERE id = NEW.membership_id) THEN
        RAISE EXCEPTION 'the group and its member are of different workspaces' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER groupmember_workspace BEFORE INSERT OR UPDATE ON accounts_groupmember
    FOR EACH ROW EXECUTE FUNCTION accounts_groupmember_workspace();

CREATE FUNCTION accounts_membership_role_workspace() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.custom_role_id IS NOT NULL
        AND (SELECT workspace_id FROM accounts_role WHERE id = NEW.custom_role_id) IS DISTINCT FROM NEW.workspace_id THEN
        RAISE EXCEPTION 'the custom role is of another workspace' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER membership_role_workspace BEFORE INSERT OR UPDATE ON accounts_membership
    FOR EACH ROW EXECUTE FUNCTION accounts_membership_role_workspace();

CREATE TRIGGER membership_stays BEFORE UPDATE ON accounts_membership
    FOR EACH ROW WHEN (OLD.workspace_id <> NEW.workspace_id OR OLD.user_id <> NEW.user_id) EXECUTE FUNCTION accounts_row_stays();
CREATE TRIGGER group_stays BEFORE UPDATE ON accounts_group
    FOR EACH ROW WHEN (OLD.workspace_id <> NEW.workspace_id) EXECUTE FUNCTION accounts_row_stays();
CREATE TRIGGER role_stays BEFORE UPDATE ON accounts_role
    FOR EACH ROW WHEN (OLD.workspace_id <> NEW.workspace_id) EXECUTE FUNCTION accounts_row_stays();
"""
BACKWARD = """
DROP TRIGGER membership_stays ON accounts_membership;
DROP TRIGGER group_stays ON accounts_group;
DROP TRIGGER role_stays ON accounts_role;
DROP TRIGGER user_epoch ON accounts_user;
DROP TRIGGER workspace_epoch ON accounts_workspace;
DROP TRIGGER membership_epoch ON accounts_membership;
DROP TRIGGER membership_role_workspace ON accounts_membership;
DROP TRIGGER groupmember_added ON accounts_groupmember;
DROP TRIGGER groupmember_removed ON accounts_groupmember;
DROP TRIGGER groupmember_stays ON accounts_groupmember;
DROP TRIGGER groupmember_workspace ON accounts_groupmember;
DROP TRIGGER role_epoch ON accounts_role;
DROP TRIGGER apikey_epoch ON accounts_apikey;
DROP FUNCTION accounts_user_epoch, accounts_workspace_epoch, accounts_membership_epoch, accounts_membership_role_workspace,
    accounts_groupmember_epoch, accounts_groupmember_workspace, accounts_role_epoch, accounts_apikey_epoch, accounts_row_stays;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_rights")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
