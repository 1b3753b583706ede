"""Unpacks the tables by which languages are told, ahead of their first use: in an image, whose folder nobody writes to later."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.documents.analysis.languages import ensure_tables


class Command(BaseCommand):
    help = "Unpacks the tables by which languages are told into QUIRE_MODELS_DIR, unless they are there."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(str(ensure_tables(settings.QUIRE_MODELS_DIR)))
        except OSError as error:
            raise CommandError(f"The tables cannot be written: {error}. Set QUIRE_MODELS_DIR to a folder that can.") from error
