"""Measure the search on a set of documents and judged questions in the layout of BEIR, in a workspace that is removed again.

Prints one line of JSON a mode. The set's documents are indexed as any document is, so this takes as long as adding them. The embedded
database gets its tables first, where it has none yet; another one is left as it is.
"""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from apps.common.errors import QuireError
from apps.documents.evaluation.run import evaluate
from apps.documents.evaluation.sets import read_set
from apps.documents.evaluation.trial import count_passages, index_set, trial_workspace
from apps.documents.search import Mode


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR", help="Has corpus.jsonl, queries.jsonl and qrels/NAME.tsv.")
        parser.add_argument("--qrels", default="dev", metavar="NAME", help="Which judgements (dev).")
        parser.add_argument("--mode", default=[], action="append", choices=[mode.value for mode in Mode], help="Which stages; given again, a line for each.")
        parser.add_argument("--limit-queries", type=int, metavar="N", help="Ask the first N questions only.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            test_set = read_set(options["folder"], options["qrels"], options["limit_queries"])
            _require_tables()
            with trial_workspace() as reader:
                names = index_set(reader, test_set.documents, self._tell)
                passages = count_passages(reader)
                for mode in options["mode"] or [Mode.DEFAULT.value]:
                    self.stdout.write(json.dumps(evaluate(reader, test_set, names, passages, Mode(mode)).shown()))
        except QuireError as error:
            raise CommandError(error.detail or error.title) from None

    def _tell(self, count: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"{count:,} documents indexed", ending="\r")


def _require_tables() -> None:
    executor = MigrationExecutor(connections["owner"])
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    if not settings.QUIRE_IS_EMBEDDED_POSTGRES:
        raise CommandError("This database has no tables of this version of Quire yet. Run `manage.py prepare` first.")
    call_command("migrate", verbosity=0)
