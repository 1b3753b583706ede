"""Django's admin app with our site in place of its own. Apart from `apps.py`, where one config is looked for."""

from django.contrib.admin.apps import AdminConfig


class QuireAdminConfig(AdminConfig):
    default_site = "apps.administration.site.QuireAdminSite"
