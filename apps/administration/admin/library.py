"""Collections and documents. Passages are not listed: their text is for the readers' eyes."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from apps.accounts.types import Operator
from apps.administration.admin.base import KeptAdmin, OperatorAdmin, field_names, sees_people
from apps.administration.admin.choices import InWorkspaceInline
from apps.administration.services.sharing import change_collection, grant_collection, revoke_grant, share_document, unshare_document
from apps.documents.models import Collection, CollectionGrant, Document, DocumentGrant


class _GrantInline(InWorkspaceInline):
    """Grants that there are; whom they name does not change, only, in a collection, the level."""

    @admin.display(description="For")
    def subject(self, grant: Any) -> str:
        return f"{grant.member.user}" if grant.member else f"{grant.group} (group)"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("member__user", "group").order_by("created_at", "pk")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class _AddGrantInline(InWorkspaceInline):
    """Grants to add; those that there are stand above."""

    verbose_name = "member or group"
    extra = 1
    chosen = ("member", "group")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class _WritesCollectionGrants:
    def write_row(self, operator: Operator, row: CollectionGrant, *, is_new: bool) -> Model | None:
        return grant_collection(operator, collection_id=row.collection_id, member_id=row.member_id, group_id=row.group_id, level=row.level)

    def erase_row(self, operator: Operator, row: CollectionGrant) -> None:
        revoke_grant(operator, grant_id=row.pk)


class GrantsOfCollection(_WritesCollectionGrants, _GrantInline):
    model = CollectionGrant
    verbose_name_plural = "Open to"
    readonly_fields = ("subject",)
    fields = ("subject", "level")


class OpenCollection(_WritesCollectionGrants, _AddGrantInline):
    model = CollectionGrant
    verbose_name_plural = "Open to others"
    fields = ("member", "group", "level")


@admin.register(Collection)
class CollectionAdmin(KeptAdmin, OperatorAdmin):
    list_display = ("name", "workspace", "everyone", "created_at")
    list_filter = ("everyone", "workspace")
    search_fields = ("name", "workspace__name")
    ordering = ("name", "pk")
    list_select_related = ("workspace",)
    fields = ("workspace", "name", "slug", "description", "everyone", "created_at")
    readonly_fields = ("workspace", "slug", "created_at")
    inlines = (GrantsOfCollection, OpenCollection)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def write_row(self, operator: Operator, row: Collection, *, is_new: bool) -> Model | None:
        return change_collection(operator, collection_id=row.pk, name=row.name, description=row.description, everyone=row.everyone)


class _WritesDocumentGrants:
    def write_row(self, operator: Operator, row: DocumentGrant, *, is_new: bool) -> Model | None:
        return share_document(operator, document_id=row.document_id, member_id=row.member_id, group_id=row.group_id)

    def erase_row(self, operator: Operator, row: DocumentGrant) -> None:
        unshare_document(operator, grant_id=row.pk)

    def workspace_id(self) -> object:
        parent: Any = self.parent  # type: ignore[attr-defined]  # an inline's
        return parent.collection.workspace_id


class GrantsOfDocument(_WritesDocumentGrants, _GrantInline):
    model = DocumentGrant
    verbose_name_plural = "Names on it"
    fields = readonly_fields = ("subject",)


class NameOnDocument(_WritesDocumentGrants, _AddGrantInline):
    model = DocumentGrant
    verbose_name_plural = "Name others"
    fields = ("member", "group")


@admin.register(Document)
class DocumentAdmin(KeptAdmin, OperatorAdmin):
    """Nothing of a document is changed here but whom it names."""

    list_filter = ("state", "kind", "access")
    list_select_related = ("collection", "owner")
    date_hierarchy = "created_at"
    inlines = (GrantsOfDocument, NameOnDocument)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        owner = ("owner",) if sees_people(request) else ()
        return ("title", "kind", "state", "access", "collection", *owner, "page_count", "updated_at")

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("title", "owner__email") if sees_people(request) else ("title",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        hidden = ("id", "original", "current_version", *(() if sees_people(request) else ("owner",)))
        return field_names(Document, without=hidden)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.get_fields(request, obj)
