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
