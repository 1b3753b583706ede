"""Settings that cannot be right are told at start, each with an id and a hint."""

import pytest
from django.core.checks import run_checks

from config.env import Environment


@pytest.fixture
def messages(settings):
    def check(values):
        settings.QUIRE_ENVIRONMENT = environment = Environment(values)
        environment.integer("QUIRE_NUMBER", 3)
        return [message for message in run_checks() if message.id.startswith("quire.")]

    return check


def test_good_settings_are_silent(messages):
    assert messages({"QUIRE_NUMBER": "4"}) == []


def test_a_value_that_cannot_be_read_is_an_error_with_a_hint(messages):
    (error,) = messages({"QUIRE_NUMBER": "four"})
    assert error.id == "quire.E001"
    assert "QUIRE_NUMBER" in error.msg
    assert "3" in error.hint


def test_a_name_that_nothing_reads_is_a_warning(messages):
    (warning,) = messages({"QUIRE_NUMBRE": "4"})
    assert (warning.id, "QUIRE_NUMBRE" in warning.msg) == ("quire.W001", True)


LONG = "k" * 32


@pytest.mark.parametrize("keys", [f"a:{LONG}", f"new:{LONG}, old:{LONG}", f"own:{LONG},new:{LONG}", "own:short"])
def test_encryption_keys_of_the_right_form_are_silent(messages, settings, keys):
    settings.QUIRE_ENCRYPTION_KEYS = keys
    assert messages({}) == []


@pytest.mark.parametrize("keys", ["nocolon", f":{LONG}", "a:short", f"a:{LONG},a:{LONG}x", f"a:{LONG},", f"a b:{LONG}", f"a:{LONG},b:short"])
def test_encryption_keys_of_another_form_are_an_error_that_shows_nothing_of_them(messages, settings, keys):
    settings.QUIRE_ENCRYPTION_KEYS = keys
    (error,) = messages({})
    assert (error.id, LONG in f"{error.msg} {error.hint}") == ("quire.E002", False)
