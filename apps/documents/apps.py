from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DocumentsConfig(AppConfig):
    name = "apps.documents"
    verbose_name = "Library"

    def ready(self) -> None:
        from apps.accounts.permissions import register_rules
        from apps.documents import checks  # noqa: F401  # registers them
        from apps.documents.rights import RULES
        from apps.documents.vector_index import after_migrate

        register_rules("Who sees a document", RULES)
        post_migrate.connect(after_migrate, sender=self, dispatch_uid="documents.vector_index")
