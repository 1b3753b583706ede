"""Seal what is secret in the database with the first of QUIRE_ENCRYPTION_KEYS, so that the others can go."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.common.resealing import seal_all_again


class Command(BaseCommand):
    help = "Seals every secret in the database with the first key of QUIRE_ENCRYPTION_KEYS. It may be run again at any time."

    # Any: what Django hands over.
    def handle(self, *args: Any, **options: Any) -> None:
        count, lost = seal_all_again()
        self.stdout.write(f"Sealed again: {count}.")
        for place in lost:
            self.stderr.write(f"No key opens {place}.")
        if lost:
            raise CommandError(f"{len(lost)} could not be opened and stay as they are. Put the old keys back, or type these secrets anew.")
