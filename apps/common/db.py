"""Database work from asynchronous code."""

from channels.db import database_sync_to_async

# Runs synchronous ORM code in a thread and gives its connection back at once, so that none is held across a model call.
run_db = database_sync_to_async
