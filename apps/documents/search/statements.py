"""Where the search's statements are run: none may hold the database for longer than a search is worth."""

from collections.abc import Sequence
from typing import Any

from django.db import OperationalError, connection
from psycopg.errors import QueryCanceled

from apps.common.errors import TimedOut

# The slowest search that was measured took a twentieth of it.
SECONDS = 10.0
# In the same message as the query, so it costs no way there and back. Statements in one message are one transaction: what is set
# holds for those behind it, each timed by itself, and for nothing after the message.
_TIMED = "SET LOCAL statement_timeout = {milliseconds:d};\n"


# Any: values and columns of a query.
def fetch(query: str, values: Sequence[Any], *, statements: int = 1) -> list[tuple[Any, ...]]:
    """Return the rows of the last of so many statements. Raises TimedOut."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_TIMED.format(milliseconds=int(SECONDS * 1000)) + query, values)
            for _ in range(statements):
                cursor.nextset()
            return list(cursor.fetchall())
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TimedOut("That search took too long and was stopped. Ask with fewer words and marks, or narrow it to a collection or a kind.") from error
        raise
