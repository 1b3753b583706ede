"""Somebody with a shell on the server, as a process of its own: reads one JSON line a task and answers each with one. See `rows`."""

import json
import os
import sys

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from tools.gateway.rows import TASKS

    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(TASKS[asked.pop("task")](**asked)), flush=True)


if __name__ == "__main__":
    main()
