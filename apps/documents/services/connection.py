"""Hold no database connection while a file is read or a model is asked."""

from django.db import close_old_connections, connection


def let_go() -> None:
    """Give the connection back until the next query, unless a transaction is open around us."""
    if not connection.in_atomic_block:
        close_old_connections()
