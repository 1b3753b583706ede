"""Give an administrator a new password: QUIRE_ADMIN_PASSWORD where it is set, else a random one that is shown once."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import User
from apps.accounts.services.people import reset_password


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", nargs="?", default="", help="Whose; by default the first administrator's.")

    def handle(self, *args: Any, **options: Any) -> None:
        administrators = User.objects.filter(is_superuser=True).order_by("date_joined")
        if options["email"]:
            administrators = administrators.filter(email__iexact=options["email"])
        user = administrators.first()
        if user is None:
            raise CommandError("There is no such administrator. Make one with: manage.py create_first_admin")
        password = reset_password(user, settings.QUIRE_ADMIN_PASSWORD)
        self.stdout.write(f"E-mail    {user.email}\nPassword  {password}  (shown once)")
