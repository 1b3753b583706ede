import pytest

from apps.chat.graph.blocks import finished_length


@pytest.mark.parametrize(
    ("text", "finished"),
    [
        ("", ""),
        ("one line", ""),
        ("one\n\n", ""),
        ("one\n\ntwo", "one\n\n"),
        ("one\ntwo\n\nthree\n\nfour", "one\ntwo\n\nthree\n\n"),
        ("one\n   \ntwo", "one\n   \n"),
        ("# Title\n\ntext", "# Title\n\n"),
        ("one\n\n- item", "one\n\n"),
        ("- a\n\n- b\n\nend", "- a\n\n- b\n\n"),
        ("- a\n\n- b\n\n-", ""),
        ("- a\n\n1", ""),
        ("1. a\n\n   more of a\n\nend", "1. a\n\n   more of a\n\n"),
        ("```\na\n\nb\n", ""),
        ("```\na\n\nb\n```\n\nend", "```\na\n\nb\n```\n\n"),
        ("~~~\n```\n\nb\n~~~\n\nend", "~~~\n```\n\nb\n~~~\n\n"),
    ],
)
def test_it_cuts_only_where_nothing_later_changes_what_stands_before(text, finished):
    assert text[: finished_length(text)] == finished
