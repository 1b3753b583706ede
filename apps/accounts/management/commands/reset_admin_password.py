"""Give an administrator a new password: QUIRE_ADMIN_PASSWORD where it is set, else a random one that is shown once."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.selectors.people import get_administrator
from apps.accounts.services.people import reset_password


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", nargs="?", default="", help="Whose; by default the first administrator's.")

    def handle(self, *args: Any, **options: Any) -> None:
        user = get_administrator(options["email"])
        if user is None:
            raise CommandError("There is no such administrator. Make one with: manage.py create_first_admin")
        chosen = settings.QUIRE_ADMIN_PASSWORD
        password = reset_password(user, chosen)
        told = "the one in QUIRE_ADMIN_PASSWORD" if chosen else f"{password}  (shown once)"
        self.stdout.write(f"E-mail    {user.email}\nPassword  {told}")
