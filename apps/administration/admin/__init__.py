from allauth.account.decorators import secure_admin_login
from django.contrib import admin

from apps.administration.admin import (
    audit,
    conversations,
    filters,
    gateway_budgets,
    gateway_calls,
    gateway_models,
    gateway_policies,
    gateway_providers,
    gateway_routes,
    groups,
    jobs,
    keys,
    library,
    memberships,
    people,
)

# One door for all: the administration's own form would take wrong passwords without counting them.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # how allauth documents it

__all__ = [
    "audit",
    "conversations",
    "filters",
    "gateway_budgets",
    "gateway_calls",
    "gateway_models",
    "gateway_policies",
    "gateway_providers",
    "gateway_routes",
    "groups",
    "jobs",
    "keys",
    "library",
    "memberships",
    "people",
]
