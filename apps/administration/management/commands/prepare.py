"""Make an installation ready for its processes, in one go; harmless when it is ready.

Tables, the first administrator and workspace, the handbook in the library; with --build also the embedding model and the
collected static files, which an image has from its build.
"""

from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from apps.accounts.services.people import FirstAdmin, create_first_admin
from apps.administration.services.static_files import collect_static_files


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--build", action="store_true", help="Build the embedding model and collect the static files, too.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["build"]:
            self.build()
        self.migrate()
        admin = create_first_admin(
            email=settings.QUIRE_ADMIN_EMAIL,
            password=settings.QUIRE_ADMIN_PASSWORD,
            workspace_name=settings.QUIRE_WORKSPACE_NAME,
        )
        # Said at once: what follows may fail, and the password is kept nowhere.
        self.tell(admin)
        self.index_handbook(admin)

    def build(self) -> None:
        self.say("Building the embedding model, unless it is there")
        call_command("build_embedder", verbosity=0, stdout=StringIO())
        call_command("build_languages", verbosity=0, stdout=StringIO())
        count = collect_static_files()
        if count:
            self.say(f"Collected {count} static files")

    def migrate(self) -> None:
        executor = MigrationExecutor(connections["owner"])
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        # Run in any case: what follows migrations (rights, the index of each embedding model) is kept up by it.
        self.say(f"Making tables ({len(plan)} steps)" if plan else "Tables are up to date")
        call_command("migrate", verbosity=0)

    def tell(self, admin: FirstAdmin) -> None:
        self.stdout.write(f"E-mail    {admin.user.email}")
        if admin.password and not settings.QUIRE_ADMIN_PASSWORD:
            self.stdout.write(f"Password  {admin.password}  (shown once)")
        elif admin.password:
            self.stdout.write("Password  the one in QUIRE_ADMIN_PASSWORD")

    def index_handbook(self, admin: FirstAdmin) -> None:
        # Imported late: it loads parsers and the embedding model.
        from apps.documents.services import index_handbook

        self.say("Reading the handbook into the library")
        index_handbook(admin.workspace, admin.user, settings.QUIRE_HANDBOOK)

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
