"""Search the library from a shell, as a person of the workspace: what they see is found, and nothing else."""

import json
from typing import Any

from asgiref.sync import async_to_sync
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.common.errors import QuireError
from apps.documents.management.report import shown_on_a_line
from apps.documents.results import ResultView, StageView, make_results, results_output
from apps.documents.search import LIMIT_MAX, search_marked
from apps.documents.services.bulk_target import reader_for


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("query", help='Words, and marks: "exact words", -without, title:word, type:pdf, in:collection, tag:word, after:2025-03.')
        parser.add_argument("--as", dest="email", required=True, metavar="EMAIL", help="Who asks.")
        parser.add_argument("--workspace", default="", metavar="SLUG", help="Which workspace, where there are several.")
        parser.add_argument("--limit", type=int, default=10, metavar="N", help=f"At most so many passages, up to {LIMIT_MAX} (10).")
        parser.add_argument("--explain", action="store_true", help="Say of each result why it stands where it does.")
        parser.add_argument("--json", action="store_true", help="Print what POST /api/v1/search answers.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["limit"] <= LIMIT_MAX:
            raise CommandError(f"--limit is from 1 to {LIMIT_MAX}.")
        try:
            reader = reader_for(options["workspace"], options["email"])
            reader.require("document.view")
            results = async_to_sync(search_marked)(reader, options["query"], limit=options["limit"])
        except QuireError as error:
            raise CommandError(error.detail or error.title) from None
        if options["json"]:
            self.stdout.write(json.dumps(results_output(reader, results), ensure_ascii=False))
            return
        if results.is_without_meaning:
            self.stderr.write("The embedding model does not answer: this is by words alone.")
        for number, result in enumerate(make_results(reader, results), start=1):
            self._write(number, result, is_explained=options["explain"])
        if not results.hits:
            self.stdout.write("Nothing that this person sees matches.")

    def _write(self, number: int, result: ResultView, *, is_explained: bool) -> None:
        facts = [part for part in (_text(result.title), result.place, " › ".join(result.path)) if part]
        self.stdout.write(f"{number}. {shown_on_a_line(', '.join(facts))}")
        self.stdout.write(f"   {shown_on_a_line(_text(result.segments))}")
        if is_explained:
            words, meaning = _stage(result.words), _stage(result.meaning)
            terms = f" ({', '.join(result.terms)})" if result.terms else ""
            further = "".join(f"; {label.lower()} {_stage(stage)}" for label, stage in result.further)
            self.stdout.write(f"   {result.percent} % in all; words {words}{terms}; meaning {meaning}{further}")


def _text(segments: list[tuple[str, bool]]) -> str:
    return "".join(text for text, _is_marked in segments)


def _stage(stage: StageView | None) -> str:
    return f"rank {stage.rank}, {stage.percent} % of the best" if stage else "not among the first"
