"""Add files and folders to the library and have them read, here and now: no worker has to run, those that do take part.

Run again it recognises what is there: the same bytes are added once, a changed file becomes the next version of its document.
Ends with 1 where a file could not be read or was not taken, with 130 where it was interrupted; then run it again to go on.
"""

import logging
import sys
from argparse import ArgumentTypeError
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from apps.accounts.types import Reader
from apps.common.errors import QuireError
from apps.documents.management.report import open_report, shown_on_a_line
from apps.documents.models import Access, Level
from apps.documents.services.bulk import Bulk, Outcome
from apps.documents.services.bulk_target import reader_for, shelf_named
from apps.documents.services.folders import LeftOut, check_roots, walk
from apps.documents.tags import clean_tags

_REASONS = {"hidden": "hidden", "link": "links out of the folder", "special": "neither file nor folder", "report": "the report itself"}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", type=_path, metavar="PATH", help="A file, or a folder with all that is in it.")
        parser.add_argument("--collection", required=True, metavar="NAME", help="Where to; made if there is none of this name.")
        parser.add_argument("--report", type=Path, metavar="FILE", help="Write a line for each file: .jsonl or .csv.")
        parser.add_argument("--workspace", default="", metavar="SLUG", help="Which workspace, where there are several.")
        parser.add_argument("--as", dest="email", default="", metavar="EMAIL", help="Who adds them; without it, the first owner of the workspace.")
        parser.add_argument("--access", choices=Access.values, help="Who sees them; without it, whoever reads the collection.")
        parser.add_argument(
            "--tag", dest="tags", action="append", default=[], metavar="NAME", help="Put this tag on each document that is added; may be repeated."
        )
        levels = [Level.NONE.value, Level.READ.value, Level.WRITE.value]
        parser.add_argument("--everyone", choices=levels, default=Level.NONE.value, help="What everybody may do in a collection that is made (none).")
        parser.add_argument("--retry", action="store_true", help="Read again what could not be read before.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            check_roots(options["paths"])
            reader = reader_for(options["workspace"], options["email"])
            with open_report(options["report"]) as write:
                is_whole = self._run(self._prepare(reader, options), options, write)
        except QuireError as error:
            raise CommandError(error.detail or error.title) from None
        except BrokenPipeError:
            raise CommandError("Nobody reads what this says any more, so it ended. Run the same command again to go on.") from None
        except OSError as error:
            raise CommandError(f"Quire cannot use a file or folder of its own: {error}. Run this as the user that Quire runs as.") from None
        except KeyboardInterrupt:
            self.stderr.write("Interrupted. What was added goes on being read by the workers, if they run. Run the same command again to go on.")
            sys.exit(130)
        if not is_whole:
            sys.exit(1)

    def _prepare(self, reader: Reader, options: dict[str, Any]) -> Bulk:
        # Imported late: other commands need no reader of files.
        from apps.documents.ingest.confined.reading import read_confined

        # Before anything is made: the same tag would be refused with each file.
        tags = clean_tags(options["tags"])
        collection, is_new = shelf_named(reader, options["collection"], options["everyone"])
        if is_new:
            self.stdout.write(f"Made the collection “{collection.name}”. Everybody may: {Level(collection.everyone).label.lower()}.")
        return Bulk(reader, collection, read_confined, access=options["access"], tags=tags, retries=options["retry"])

    # Any: a function of the report's.
    def _run(self, bulk: Bulk, options: dict[str, Any], write: Any) -> bool:
        """Add and read everything; return whether all of it went well."""
        counts, left_out = Counter[str](), LeftOut()
        paths, report = options["paths"], options["report"]
        total = sum(1 for _ in walk(paths, LeftOut(), report))
        show = self._bar(total) if self.stderr.isatty() else _Lines(self.stdout)
        with closing(bulk.run(walk(paths, left_out, report))) as outcomes, closing(show):
            for outcome in outcomes:
                counts[outcome.state] += 1
                write(outcome)
                show.tell(outcome)
        self._sum_up(counts, left_out)
        return not (counts["failed"] or counts["refused"] or left_out.unopened)

    def _bar(self, total: int) -> "_Bar":
        # A line for each file that is added would tear the bar to pieces.
        logging.getLogger("apps.documents").setLevel(logging.WARNING)
        return _Bar(tqdm(total=total, unit="file", dynamic_ncols=True, file=self.stderr))

    def _sum_up(self, counts: Counter[str], left_out: LeftOut) -> None:
        states = ("ready", "unchanged", "failed", "refused")
        said = ", ".join(f"{counts[state]:,} {state}" for state in states)
        self.stdout.write(f"{said}." if counts else "There is no file to add.")
        if left_out.counts:
            self.stdout.write("Left out: " + ", ".join(f"{count:,} {_REASONS[why]}" for why, count in sorted(left_out.counts.items())) + ".")
        for path in left_out.unopened:
            self.stdout.write(f"This folder cannot be opened: {shown_on_a_line(path)}")


class _Lines:
    """A line for each file."""

    # Any: Django's wrapper around a stream has no type of its own that says `write`.
    def __init__(self, out: Any) -> None:
        self._out = out

    def tell(self, outcome: Outcome) -> None:
        self._out.write(_line(outcome))

    def close(self) -> None:
        self._out.flush()


class _Bar:
    """A bar, and above it a line for each file that did not go well."""

    # Any: tqdm comes without types.
    def __init__(self, bar: Any) -> None:
        self._bar = bar

    def tell(self, outcome: Outcome) -> None:
        if outcome.is_bad:
            self._bar.write(_line(outcome), file=sys.stdout)
        # What came with a message was not counted before.
        self._bar.total = max(self._bar.total, self._bar.n + 1)
        self._bar.update()

    def close(self) -> None:
        self._bar.close()


def _line(outcome: Outcome) -> str:
    counted = ((outcome.pages, "page"), (outcome.passages, "passage"))
    facts = [f"{count:,} {word}{'' if count == 1 else 's'}" for count, word in counted if count is not None]
    facts += [f"{outcome.seconds:.1f} s"] if outcome.seconds is not None else []
    told: Iterable[str] = (outcome.state.ljust(9), shown_on_a_line(outcome.path), f"({', '.join(facts)})" if facts else "", outcome.reason)
    return "  ".join(part for part in told if part)


def _path(text: str) -> Path:
    if not text:
        raise ArgumentTypeError("an empty path")
    return Path(text)
