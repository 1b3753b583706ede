"""Reads each file in a process of its own that can do nothing else, so that no file hurts another.

`host` starts the server once for a Celery parent and its children; `server` imports the parsers and forks a child for each
file; `child` builds the walls around itself and reads; `reading` asks from the worker's side and trusts nothing that comes back.
"""
