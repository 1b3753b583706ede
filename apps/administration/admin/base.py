from django.contrib import admin
from django.http import HttpRequest


class KeptAdmin:
    """Rows that own others. Django would delete those as rows alone: files would stay, restricted documents lose their only reader."""

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class ReadOnlyAdmin(KeptAdmin, admin.ModelAdmin):  # type: ignore[type-arg]  # Django's own class takes no parameter at run time
    """Rows that the product writes and an operator only looks at."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
