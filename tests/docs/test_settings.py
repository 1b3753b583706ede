"""The settings as code reads them, as .env.example lists them and as the handbook explains them are the same."""

import re

import pytest
from django.conf import settings

from tests.docs.pages import HANDBOOK, ROOT

EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
REFERENCE = (HANDBOOK / "settings-reference.md").read_text(encoding="utf-8")
# Their defaults depend on other settings or on the folder of the checkout.
DERIVED = {"QUIRE_VAR", "QUIRE_MODELS_DIR", "QUIRE_STATIC_ROOT", "QUIRE_PUBLIC_URL"}


def example_values():
    return dict(re.findall(r"^#([A-Z_0-9]+)=(.*)$", EXAMPLE, flags=re.MULTILINE))


def explained_settings():
    return re.findall(r"^- `([A-Z_0-9]+)` ", REFERENCE, flags=re.MULTILINE)


@pytest.fixture
def known():
    return settings.QUIRE_ENVIRONMENT.known


@pytest.fixture
def names(known):
    return {name for name in known if not name.endswith("_FILE")}


@pytest.fixture
def secret_files(known):
    return {name for name in known if name.endswith("_FILE")}


def test_the_example_lists_every_setting_and_no_other(names):
    assert sorted(example_values()) == sorted(names)


def test_the_handbook_explains_every_setting_once(names):
    assert sorted(explained_settings()) == sorted(names)


def test_secrets_that_may_come_from_a_file_are_named_in_both(secret_files):
    assert set(re.findall(r"[A-Z0-9_]+_FILE", EXAMPLE)) - {"NAME_FILE"} == secret_files
    assert set(re.findall(r"`([A-Z0-9_]+_FILE)`", REFERENCE)) - {"_FILE"} == secret_files


def test_the_example_shows_the_defaults(known, names):
    fixed = names - DERIVED
    assert {name: example_values()[name] for name in fixed} == {name: known[name] for name in fixed}


def test_nothing_in_the_example_is_set():
    assert [line for line in EXAMPLE.splitlines() if line and not line.startswith("#")] == []
