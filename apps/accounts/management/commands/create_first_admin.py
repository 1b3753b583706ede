"""Make the first administrator and workspace, from QUIRE_ADMIN_EMAIL and QUIRE_ADMIN_PASSWORD; harmless when they exist."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.accounts.services.people import create_first_admin


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        made = create_first_admin(
            email=settings.QUIRE_ADMIN_EMAIL,
            password=settings.QUIRE_ADMIN_PASSWORD,
            workspace_name=settings.QUIRE_WORKSPACE_NAME,
        )
        if made.password is None:
            self.stdout.write(f"The administrator is {made.user.email}. A new password: manage.py reset_admin_password")
            return
        self.stdout.write(f"E-mail    {made.user.email}")
        if not settings.QUIRE_ADMIN_PASSWORD:
            self.stdout.write(f"Password  {made.password}  (shown once)")
