"""The settings of a workspace, below `/w/<slug>/settings/`."""

from django.urls import path

from apps.accounts.views import keys, permissions
from apps.accounts.views.settings import settings_home

app_name = "accounts"
urlpatterns = [
    path("", settings_home, name="settings"),
    path("keys/", keys.key_list, name="keys"),
    path("keys/make/", keys.key_make, name="key-make"),
    path("keys/<uuid:key_id>/rotate/", keys.key_rotate, name="key-rotate"),
    path("keys/<uuid:key_id>/revoke/", keys.key_revoke, name="key-revoke"),
    path("permissions/", permissions.permission_table, name="permissions"),
]
