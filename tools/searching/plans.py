"""What Postgres does for one question, as it tells itself."""

from collections.abc import Iterator

from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.types import Reader
from apps.documents.search.hybrid import _finish
from apps.documents.search.legs import look_up_words
from apps.documents.search.question import plain_question
from apps.documents.search.ranking import rank
from apps.documents.search.types import Request
from apps.gateway.selectors import get_embedding_model
from tools.searching.measures import embed_all


def explain(reader: Reader, question: str) -> Iterator[str]:
    """Yield the plan of each statement of one search, with what it really took."""
    request = Request(plain_question(question))
    (vector,) = embed_all([question]).tolist()
    with CaptureQueriesContext(connection) as captured:
        words = look_up_words(reader, request, get_embedding_model())
    _finish(request, words, rank(words, vector), vector)
    for one in captured.captured_queries:
        # Settings that come before a statement, in the same message.
        before, _, statement = one["sql"].rpartition(";\n")
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            if before:
                cursor.execute(before)
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {statement}")
            lines = [row[0] for row in cursor.fetchall()]
            cursor.execute("ROLLBACK")
        yield "\n".join([" ".join(statement.split())[:160], *(f"  {line[:200]}" for line in lines)])
