"""Who may do what in the embedded Postgres.

The superuser makes roles and, in template1, the extension, and nothing else. `quire_owner` owns the database and makes
its tables; `quire_app` reads and writes rows. Rights on tables to come stand in template1 too, so that a test's own
database has them.
"""

import hashlib
from pathlib import Path

from config.embedded.errors import EmbeddedError
from config.embedded.postgres import SUPERUSER, Postgres

DATABASE = "quire"
OWNER = "quire_owner"
APP = "quire_app"

_ROLES = (
    "DO $$ BEGIN CREATE ROLE quire_owner; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
    "DO $$ BEGIN CREATE ROLE quire_app; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
    # CREATEDB is for tests, whose databases the owner makes.
    "ALTER ROLE quire_owner LOGIN NOSUPERUSER NOCREATEROLE CREATEDB NOREPLICATION NOBYPASSRLS PASSWORD {owner}",
    "ALTER ROLE quire_app LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS PASSWORD {app}",
)
_TEMPLATE = (
    "CREATE EXTENSION IF NOT EXISTS vector",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "ALTER DEFAULT PRIVILEGES FOR ROLE quire_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO quire_app",
    "ALTER DEFAULT PRIVILEGES FOR ROLE quire_owner GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO quire_app",
)
_DATABASE = ("REVOKE TEMPORARY, CREATE ON DATABASE quire FROM PUBLIC", "GRANT TEMPORARY ON DATABASE quire TO quire_owner")


def ensure_roles(postgres: Postgres) -> None:
    """Make roles, extension and database once; repeated whole after a crash or when this list changes."""
    mark = postgres.var / "run" / "roles"
    # A lost password file is made anew, and the role with it.
    wanted = _fingerprint(str(postgres.data.stat().st_ino), postgres.password(OWNER), postgres.password(APP))
    if _read(mark) == wanted:
        return
    # psycopg costs a quarter of a second, which a start with everything in place need not pay.
    import psycopg
    from psycopg import sql
    from psycopg.conninfo import make_conninfo

    passwords = {"owner": sql.Literal(postgres.password(OWNER)), "app": sql.Literal(postgres.password(APP))}
    address = make_conninfo(host=str(postgres.sockets), user=SUPERUSER, password=postgres.password(SUPERUSER))
    try:
        with psycopg.connect(address, dbname="template1", autocommit=True) as connection:
            for statement in _ROLES:
                connection.execute(sql.SQL(statement).format(**passwords) if "{" in statement else statement.encode())
            for statement in _TEMPLATE:
                connection.execute(statement.encode())
        with psycopg.connect(address, dbname="postgres", autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute("CREATE DATABASE quire OWNER quire_owner")
            for statement in _DATABASE:
                connection.execute(statement.encode())
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        raise EmbeddedError(f"the passwords in {postgres.var / 'secrets'} do not open {postgres.data}: {reason}") from error
    mark.write_text(wanted, encoding="ascii")


def _fingerprint(*of_this_cluster: str) -> str:
    return hashlib.sha256("\n".join((*of_this_cluster, *_ROLES, *_TEMPLATE, *_DATABASE)).encode()).hexdigest()[:16]


def _read(mark: Path) -> str:
    try:
        return mark.read_text(encoding="ascii")
    except OSError:
        return ""
