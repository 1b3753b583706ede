"""Write the audit trail to standard output, one JSON object a line, oldest first."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.selectors.audit import all_lines, list_entries, read_moment
from apps.accounts.services.audit_export import begin_export

_FORMAT = "a day such as 2026-01-31 (from midnight UTC), or a moment such as 2026-01-31T12:00+01:00"


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", default="", help=f"The first moment: {_FORMAT}.")
        parser.add_argument("--until", default="", help="The first moment that is no longer meant, in the same form.")

    def handle(self, *args: Any, **options: Any) -> None:
        asked = {name: options[name] for name in ("since", "until") if options[name]}
        try:
            bounds = {name: read_moment(text) for name, text in asked.items()}
        except ValueError:
            raise CommandError(f"--since and --until take {_FORMAT}.") from None
        wanted = list_entries(bounds.get("since"), bounds.get("until"))
        for lines in all_lines(begin_export(wanted, actor=None, asked=asked)):
            self.stdout.write(lines, ending="")
