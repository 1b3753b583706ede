"""A table whose header fills passages of its own is one block of megabytes: it is not looked through again for each passage of it."""

import re

import pytest

from apps.documents.ingest import table_groups
from apps.documents.ingest.split import SplitLimits, split_document
from apps.documents.ingest.types import Block, BlockKind, Page, Parsed
from tests.documents.ingest.tokens import count_tokens

COLUMNS, ROWS = 600, 30


class Counted:
    """A pattern that counts how much of a text it was given."""

    def __init__(self, pattern):
        self.pattern, self.seen = re.compile(pattern), 0

    def fullmatch(self, text, *span):
        self.seen += len(text)
        return self.pattern.fullmatch(text, *span)

    def finditer(self, text):
        self.seen += len(text)
        return self.pattern.finditer(text)


@pytest.fixture
def counted(monkeypatch):
    patterns = [Counted(getattr(table_groups, name).pattern) for name in ("_RULE", "_BREAK")]
    monkeypatch.setattr(table_groups, "_RULE", patterns[0])
    monkeypatch.setattr(table_groups, "_BREAK", patterns[1])
    return patterns


def test_a_wide_table_is_looked_through_a_few_times_however_many_passages_it_makes(counted):
    lines = ["|" + "|".join(f" {name}{column} " for column in range(COLUMNS)) + "|" for name in ["head", *(f"row{row} " for row in range(ROWS))]]
    text = "\n".join([lines[0], "|" + " --- |" * COLUMNS, *lines[1:]])
    page = Page(None, (Block(BlockKind.TABLE, text, rows=(2, ROWS + 1)),))
    drafts = split_document(Parsed("", [page]), count_tokens, SplitLimits(window=254, target=200, overlap=30))
    assert len(drafts) > 200
    assert [pattern.seen < 5 * len(text) for pattern in counted] == [True, True]
    assert (drafts[0].rows, drafts[-1].rows) == ((2, 2), (ROWS + 1, ROWS + 1))
