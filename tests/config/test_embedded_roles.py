"""What each database role may do."""

import psycopg
import pytest

from config.embedded import service_urls


@pytest.fixture(scope="module")
def table(shared):
    with psycopg.connect(service_urls(shared.var).owner_database_url, autocommit=True) as owner:
        owner.execute("CREATE TABLE things (id bigint GENERATED ALWAYS AS IDENTITY, at vector(2))")


@pytest.fixture
def app(shared, table):
    with psycopg.connect(service_urls(shared.var).database_url, autocommit=True) as connection:
        yield connection


def test_the_app_reads_and_writes_rows_of_tables_made_later(app):
    app.execute("INSERT INTO things (at) VALUES ('[1,2]')")
    app.execute("UPDATE things SET at = '[2,3]'")
    assert app.execute("SELECT at::text FROM things").fetchone() == ("[2,3]",)
    app.execute("DELETE FROM things")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE other (n int)",
        "CREATE TEMPORARY TABLE other (n int)",
        "CREATE SCHEMA other",
        "ALTER TABLE things ADD COLUMN n int",
        "DROP TABLE things",
        "TRUNCATE things",
        "CREATE EXTENSION vector VERSION '0.5.0' SCHEMA public CASCADE",
        "CREATE ROLE other",
        "CREATE DATABASE other",
        "SET ROLE quire_owner",
        "SET SESSION AUTHORIZATION postgres",
        "COPY things TO PROGRAM 'true'",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
)
def test_the_app_changes_no_structure_and_becomes_nobody_else(app, statement):
    with pytest.raises(psycopg.Error, match=r"permission denied|must be owner|already exists"):
        app.execute(statement)


def test_neither_role_is_above_the_rules(shared):
    with psycopg.connect(service_urls(shared.var).owner_database_url) as owner:
        rows = owner.execute("SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'quire%' AND (rolsuper OR rolbypassrls OR rolcreaterole)").fetchall()
    assert rows == []


@pytest.mark.slow
def test_a_database_the_owner_makes_has_vectors_and_the_apps_rights(shared):
    url = service_urls(shared.var)
    with psycopg.connect(url.owner_database_url, autocommit=True) as owner:
        owner.execute("CREATE DATABASE second")
    with psycopg.connect(url.owner_database_url, dbname="second", autocommit=True) as owner:
        owner.execute("CREATE TABLE things (at vector(2))")
    with psycopg.connect(url.database_url, dbname="second") as app:
        assert app.execute("SELECT count(*) FROM things").fetchone() == (0,)
