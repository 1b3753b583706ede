"""Builds the embedded embedding model ahead of its first use: in an image, or where several processes are about to start."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.gateway import conf
from apps.gateway.errors import ModelNotBuilt
from apps.gateway.providers.embedded.store import ensure_model


class Command(BaseCommand):
    help = "Builds the embedded embedding model into QUIRE_MODELS_DIR, unless it is there."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--both", action="store_true", help="build the variants with 8-bit and with 32-bit numbers, whatever the settings choose")

    def handle(self, *args: Any, **options: Any) -> None:
        config = conf.embedder_config()
        wanted = (True, False) if options["both"] else (config.is_int8,)
        try:
            for is_int8 in wanted:
                self.stdout.write(str(ensure_model(config.models_dir, is_int8=is_int8)))
        except ModelNotBuilt as error:
            raise CommandError(error.detail) from error
