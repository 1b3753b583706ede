"""Databases for the tests: a template migrated once by the owner, copied for each worker, used as the app's role."""

import hashlib
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql

_APPS = Path(__file__).resolve().parent.parent / "apps"
# Rows that migrating makes and that no test changes.
_KEPT = ("django_migrations", "django_content_type", "auth_permission")


class TestDatabases:
    """Makes and empties databases as the owner; the product's code under test is the app's role.

    They are not dropped: all of them go with the services of the run.
    """

    __test__ = False

    def __init__(self, owner_url: str) -> None:
        self.owner_url = owner_url

    def create(self, name: str) -> None:
        """Make `name` and point both of Django's connections at it."""
        template = f"template_{self._fingerprint()}"
        with self._connect("postgres") as connection:
            connection.execute("SELECT pg_advisory_lock(4242)")
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template]).fetchone():
                self._make_template(connection, template)
            self._copy(connection, template, name)
        self._point_at(name)

    def empty(self, name: str) -> None:
        """Delete every row a test made. The app's own role may not truncate."""
        with self._connect(name) as connection:
            connection.execute("SET lock_timeout = '20s'")
            connection.execute("SET quire.audit_retention = 'on'")
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL(%s)", [list(_KEPT)]).fetchall()
            ask = sql.SQL(" UNION ALL ").join(
                sql.SQL("SELECT {} WHERE EXISTS (SELECT 1 FROM {})").format(sql.Literal(table), sql.Identifier(table)) for (table,) in tables
            )
            filled = [sql.Identifier(table) for (table,) in connection.execute(ask).fetchall()]
            if filled:
                connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(filled)))

    def _connect(self, name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(self.owner_url, dbname=name, autocommit=True)

    def _make_template(self, connection: psycopg.Connection[Any], template: str) -> None:
        draft = f"draft_{template}"
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(draft)))
        self._copy(connection, "template1", draft)
        self._point_at(draft)
        call_command("migrate", verbosity=0)
        connections.close_all()
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(template)))

    def _copy(self, connection: psycopg.Connection[Any], template: str, name: str) -> None:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))

    @staticmethod
    def _point_at(name: str) -> None:
        connections.close_all()
        for alias in ("default", "owner"):
            connections[alias].settings_dict["NAME"] = name
            settings.DATABASES[alias]["NAME"] = name

    @staticmethod
    def _fingerprint() -> str:
        """Changes with everything that `migrate` does: migrations, and what hangs on the signal after them."""
        digest = hashlib.sha256()
        for path in sorted({*_APPS.glob("*/migrations/*.py"), *_APPS.glob("**/*index*.py"), *_APPS.glob("*/apps.py")}):
            digest.update(path.name.encode() + path.read_bytes())
        return digest.hexdigest()[:16]
