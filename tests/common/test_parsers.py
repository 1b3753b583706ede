"""How the API reads bodies, whoever sends them."""

import io

import pytest

from apps.common.errors import TooLarge
from apps.common.parsers import FlatJSONParser


def test_a_body_is_read_to_the_limit_and_not_past_it(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    assert FlatJSONParser().parse(io.BytesIO(b'"12345678"')) == "12345678"
    stream = io.BytesIO(b'"123456789"' + b" " * 100)
    with pytest.raises(TooLarge, match="larger than 10 bytes"):
        FlatJSONParser().parse(stream)
    assert stream.tell() == 11
