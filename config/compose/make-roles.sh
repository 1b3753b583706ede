#!/bin/sh
# Run once by the postgres image, as the superuser, on an empty volume: the two roles, the extension, the database.
# quire_owner owns the database and changes tables; quire_app, which Quire runs as, reads and writes rows.
set -eu

psql --no-psqlrc --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=template1 <<'SQL'
\set owner_password `cat /run/secrets/owner_password`
\set app_password `cat /run/secrets/app_password`
CREATE EXTENSION IF NOT EXISTS vector;
CREATE ROLE quire_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE quire_app LOGIN PASSWORD :'app_password';
CREATE DATABASE quire OWNER quire_owner;
REVOKE ALL ON DATABASE quire FROM PUBLIC;
GRANT CONNECT ON DATABASE quire TO quire_app;
\connect quire
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO quire_app;
GRANT ALL ON SCHEMA public TO quire_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE quire_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO quire_app;
ALTER DEFAULT PRIVILEGES FOR ROLE quire_owner IN SCHEMA public
    GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO quire_app;
SQL
