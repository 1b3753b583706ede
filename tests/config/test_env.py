"""The reader of the environment: typed, forgiving, and complete in what it complains about."""

import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from config.database_url import celery_broker, django_database
from config.env import Environment
from config.originals import originals_storage
from config.secret_files import kept_secret
from tests.config.conftest import ROOT


def test_values_are_read_by_type_and_unset_ones_take_their_default():
    env = Environment({"A": " hello ", "B": "7", "C": "yes", "D": "x, y,,z", "E": "off"})
    assert env.text("A") == "hello"
    assert env.integer("B", 1) == 7
    assert env.flag("C") is True
    assert env.flag("E", default=True) is False
    assert env.items("D") == ["x", "y", "z"]
    assert (env.text("Z", "z"), env.integer("Y", 3), env.flag("X", default=True), env.items("W")) == ("z", 3, True, [])
    assert env.problems == []


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("integer", "many", lambda env: env.integer("V", 5)),
        ("signs", "--2", lambda env: env.integer("V", 5)),
        ("no digit", "²", lambda env: env.integer("V", 5)),
        ("too small", "-2", lambda env: env.integer("V", 5)),
        ("flag", "perhaps", lambda env: env.flag("V")),
        ("choice", "LOUD", lambda env: env.choice("V", "INFO", ("INFO", "ERROR"))),
        ("word", "Live!", lambda env: env.word("V", "live", "[a-z]{2,4}", "Use two to four letters.")),
        ("no amount", "cheap", lambda env: env.decimal("V")),
        ("less than nothing", "-1", lambda env: env.decimal("V")),
        ("too exact", "0.0000001", lambda env: env.decimal("V")),
        ("a comma", "2,50", lambda env: env.decimal("V")),
        ("address", "example.org", lambda env: env.address("V", "", ("http", "https"))),
    ],
)
def test_a_value_that_cannot_be_read_is_one_problem_with_a_hint_and_the_default(name, value, read):
    env, untouched = Environment({"V": value}), Environment({})
    assert read(env) == read(untouched)
    assert [problem.name for problem in env.problems] == ["V"]
    assert env.problems[0].hint
    assert untouched.problems == []


def test_an_empty_number_and_an_empty_flag_take_the_default():
    env = Environment({"N": "", "F": ""})
    assert env.integer("N", 4) == 4
    assert env.flag("F", default=True) is True


def test_an_amount_that_is_not_given_is_not_zero():
    env = Environment({"FREE": "0", "DEAR": "12345678.123456", "EMPTY": ""})
    assert (env.decimal("FREE"), env.decimal("DEAR")) == (Decimal(0), Decimal("12345678.123456"))
    assert (env.decimal("EMPTY"), env.decimal("ABSENT")) == (None, None)
    assert env.problems == []


def test_a_secret_is_read_from_the_file_that_is_named(tmp_path: Path):
    (tmp_path / "key").write_text("from-file\n")
    env = Environment({"KEY_FILE": str(tmp_path / "key"), "KEY": "from-env", "PLAIN": "p"})
    assert env.secret("KEY") == "from-file"
    assert env.secret("PLAIN") == "p"


def test_a_secret_file_that_cannot_be_read_is_a_problem_and_not_a_crash(tmp_path: Path):
    env = Environment({"KEY_FILE": str(tmp_path / "absent")})
    assert env.secret("KEY", "d") == "d"
    assert env.problems[0].name == "KEY_FILE"


def test_a_misspelt_variable_is_noticed():
    env = Environment({"QUIRE_PORTT": "1", "OTHER": "1", "QUIRE_HOST": "h", "QUIRE_REQUIRE_BROWSER": "1"})
    env.text("QUIRE_HOST")
    assert env.strangers() == ["QUIRE_PORTT"]


def test_a_database_address_gives_djangos_settings():
    read = django_database("postgresql://quire%40app:p%2Fw@db.internal:6432/quire?sslmode=require", pool_size=4)
    assert (read["NAME"], read["USER"], read["PASSWORD"], read["HOST"], read["PORT"]) == ("quire", "quire@app", "p/w", "db.internal", "6432")
    assert read["OPTIONS"]["sslmode"] == "require"
    assert read["OPTIONS"]["pool"]["max_size"] == 4


def test_a_database_address_may_name_a_socket_folder():
    read = django_database("postgresql://quire_app:pw@/quire?host=/run/quire")
    assert (read["HOST"], read["PORT"], read["NAME"]) == ("/run/quire", "", "quire")
    assert "pool" not in read["OPTIONS"]


def test_celery_is_told_of_a_socket_in_its_own_spelling():
    assert celery_broker("unix:///run/valkey.sock?db=2") == "redis+socket:///run/valkey.sock?virtual_host=2"
    assert celery_broker("redis://localhost:6379/0") == "redis://localhost:6379/0"


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path):
    first = kept_secret(tmp_path / "var", "key")
    assert len(first) > 40
    assert kept_secret(tmp_path / "var", "key") == first
    assert (tmp_path / "var" / "secrets").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "var" / "secrets" / "key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "var" / "secrets").iterdir()] == ["key"]


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"QUIRE_S3_BUCKET": "s3://quire"}, "QUIRE_S3_BUCKET"),
        ({"QUIRE_S3_BUCKET": "quire", "QUIRE_S3_PREFIX": "a/../b"}, "QUIRE_S3_PREFIX"),
        ({"QUIRE_S3_BUCKET": "quire", "QUIRE_S3_REGION": "Frankfurt, Germany"}, "QUIRE_S3_REGION"),
        ({"QUIRE_S3_BUCKET": "quire", "QUIRE_S3_ENDPOINT_URL": "http://"}, "QUIRE_S3_ENDPOINT_URL"),
        ({"QUIRE_S3_BUCKET": "quire", "QUIRE_S3_ENDPOINT_URL": "http://minio:port"}, "QUIRE_S3_ENDPOINT_URL"),
        # Files would go to this machine's disk, and nobody would know.
        ({"QUIRE_S3_ENDPOINT_URL": "http://minio:9000"}, "QUIRE_S3_BUCKET"),
        ({"QUIRE_S3_SECRET_ACCESS_KEY_FILE": "/dev/null"}, "QUIRE_S3_BUCKET"),
    ],
)
def test_a_bucket_that_cannot_be_is_one_problem(values, name):
    env = Environment(values)
    originals_storage(env)
    assert [problem.name for problem in env.problems] == [name]


def test_a_bucket_of_one_s_own_is_none():
    env = Environment(
        {"QUIRE_S3_BUCKET": "Quire_files.1", "QUIRE_S3_PREFIX": "/house/a b/", "QUIRE_S3_REGION": "eu-central-1", "QUIRE_S3_ENDPOINT_URL": "http://[::1]:9000"}
    )
    options = originals_storage(env)["OPTIONS"]
    assert (options["bucket_name"], options["location"], env.problems) == ("Quire_files.1", "house/a b", [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QUIRE_OCR_LANGUAGES", "english, german"),
        ("QUIRE_OCR_LANGUAGES", "eng+"),
        ("QUIRE_OCR_LANGUAGES", "../eng"),
        ("QUIRE_PASSAGE_TOKENS", "5"),
        ("QUIRE_PASSAGE_TOKENS", "1000000"),
        ("QUIRE_WORKER_CONCURRENCY", "0"),
        ("QUIRE_WORKER_CONCURRENCY", "many"),
        ("QUIRE_UPLOAD_MAX_BYTES", "50MB"),
        ("QUIRE_LIMIT_UPLOADS_PER_USER", "-1"),
        ("QUIRE_LIMIT_UPLOAD_MB_PER_USER", "2 GB"),
        ("QUIRE_S3_BUCKET", "a bucket"),
        ("PORT", "80000"),
    ],
)
def test_nonsense_ends_a_start_with_one_line_that_names_it(name, value, tmp_path):
    inherited = {one: said for one, said in os.environ.items() if not one.startswith(("QUIRE_", "COV_"))}
    code = "import django; django.setup(); from config.preflight import require_services; require_services()"
    environment = {**inherited, name: value, "QUIRE_VAR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert re.fullmatch(rf"Quire: {name} is .+\. .+\.\n", done.stderr)


@pytest.mark.parametrize(("value", "read"), [("off", ""), ("eng", "eng"), ("chi_sim+script/Latin", "chi_sim+script/Latin"), ("", "eng")])
def test_languages_of_scans_are_named_as_tesseract_does(value, read, tmp_path):
    environment = {**os.environ, "QUIRE_OCR_LANGUAGES": value, "QUIRE_VAR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"}
    code = "from config import settings; print(repr(settings.QUIRE_OCR_LANGUAGES), settings.env.problems)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout == f"{read!r} []\n"
