"""What a model wrote as arguments: read where it can be, else answered in words that help it."""

import pytest

from apps.chat.tools.arguments import Text, Whole, read_arguments, schema_of
from apps.common.errors import Invalid

FIELDS = (Text("query", "What.", chars_max=10), Whole("page", "Which.", missing=1, maximum=50))


def test_the_schema_is_json_schema():
    assert schema_of(FIELDS) == {
        "type": "object",
        "properties": {
            "query": {"type": "string", "description": "What.", "maxLength": 10},
            "page": {"type": "integer", "description": "Which.", "minimum": 1, "maximum": 50},
        },
        "required": ["query"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('{"query": "a"}', {"query": "a", "page": 1}),
        ('{"query": " a\\u0000\\n b ", "page": "7"}', {"query": "a b", "page": 7}),
        ('{"query": "\\ud800", "page": 7.0}', {"query": "\ufffd", "page": 7}),
        ('{"query": "a", "page": null}', {"query": "a", "page": 1}),
    ],
)
def test_what_can_be_read_is_read(written, read):
    assert read_arguments(FIELDS, written) == read


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", "The argument query is missing. Known are: query, page."),
        ("no json", "no JSON"),
        ("[" * 15_000, "no JSON"),
        ("x" * 20_001, "too long"),
        ("[1]", "one JSON object"),
        ('{"query": 5}', "query has to be a text"),
        ('{"query": " "}', "query is empty"),
        ('{"query": "12345678901"}', "at most 10 characters"),
        ('{"query": "a", "page": 0}', "from 1 to 50"),
        ('{"query": "a", "page": true}', "from 1 to 50"),
        ('{"query": "a", "page": 1.5}', "from 1 to 50"),
        ('{"query": "a", "page": "²"}', "from 1 to 50"),
        ('{"query": "a", "page": []}', "from 1 to 50"),
        ('{"query": "a", "all": 1}', "There is no argument all."),
    ],
)
def test_what_cannot_is_told_in_words(written, words):
    with pytest.raises(Invalid) as told:
        read_arguments(FIELDS, written)
    assert words in told.value.detail


def test_a_tool_without_arguments_says_so():
    with pytest.raises(Invalid, match="takes none"):
        read_arguments((), '{"a": 1}')
    assert read_arguments((Text("query", "", is_required=False),), "") == {"query": ""}
