"""Texts made to be slow: each is read in about the time of its length, not of its square."""

import io
import time

import pytest

from apps.documents.errors import FileRefused
from apps.documents.ingest.detect import detect_kind
from apps.documents.ingest.parsers.registry import get_parser
from apps.documents.ingest.split import SplitLimits, split_document
from tests.documents.files import write
from tests.documents.ingest.tokens import count_tokens

SIZE = 60_000
TEXTS = {
    "brackets": ("markdown", "[" * SIZE),
    "links": ("markdown", "[a](<" * (SIZE // 5)),
    "stars": ("markdown", "*a " * (SIZE // 3)),
    "remarks": ("markdown", "words\n\n" + "<!-- " * (SIZE // 5)),
    "tags": ("markdown", "<div>" + "<a " * (SIZE // 3)),
    "quotes": ("markdown", ">" * SIZE + "\n\nwords"),
    "dots": ("text", "." * SIZE),
    "sentences": ("text", "a. " * (SIZE // 3)),
    "letters": ("text", "a" * SIZE),
    "marks": ("text", "\u0301" * SIZE),
    "paragraphs": ("html", "<p>a" * (SIZE // 4)),
}


def silent(done: int, total: int) -> None:
    """No page is waiting for this."""


@pytest.mark.parametrize("name", TEXTS)
def test_an_odd_text_takes_its_length_s_time(tmp_path, name):
    kind, text = TEXTS[name]
    path = write(tmp_path, text)
    started = time.process_time()
    detect_kind(io.BytesIO(text.encode()), "odd")
    drafts = split_document(get_parser(kind).parse(path, silent), count_tokens, SplitLimits(254))
    assert drafts
    # The slow ways took ten seconds and more for these.
    assert time.process_time() - started < 6


def test_a_table_of_one_endless_row_is_cut(tmp_path):
    path = write(tmp_path, "|a" * 3000 + "\n" + "|-" * 3000 + "\n" + "|b" * 3000)
    drafts = split_document(get_parser("markdown").parse(path, silent), count_tokens, SplitLimits(254))
    assert len(drafts) > 10


def test_one_wide_row_does_not_make_all_others_wide(tmp_path):
    page = "<table><tr>" + "<td>a" * 4000 + "</tr>" + "<tr><td>b</tr>" * 4000 + "</table>"
    (read,) = get_parser("html").parse(write(tmp_path, page), silent).pages
    assert len(read.text) < 10 * len(page)


def test_elements_nested_without_end_are_refused_at_once(tmp_path):
    with pytest.raises(FileRefused):
        get_parser("html").parse(write(tmp_path, "<table><tr><td>x" * 5000), silent)
