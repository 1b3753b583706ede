"""Collections, documents and the jobs that read them. Passages are not listed: their text is for the readers' eyes."""

from django.contrib import admin

from apps.administration.admin.base import ReadOnlyAdmin
from apps.documents.models import Collection, Document, IngestJob


@admin.register(Collection)
class CollectionAdmin(ReadOnlyAdmin):
    list_display = ("name", "workspace", "created_at")
    search_fields = ("name", "workspace__name")
    list_select_related = ("workspace",)


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdmin):
    list_display = ("title", "kind", "state", "access", "collection", "owner", "page_count", "updated_at")
    list_filter = ("state", "kind", "access")
    search_fields = ("title", "owner__email")
    list_select_related = ("collection", "owner")
    date_hierarchy = "created_at"
    exclude = ("original", "current_version")


@admin.register(IngestJob)
class IngestJobAdmin(ReadOnlyAdmin):
    list_display = ("document", "state", "step", "percent", "attempt", "error_code", "created_at", "finished_at")
    list_filter = ("state", "step", "error_code")
    search_fields = ("document__title",)
    list_select_related = ("document",)
    date_hierarchy = "created_at"
