from django.apps import AppConfig


class AdministrationConfig(AppConfig):
    name = "apps.administration"

    def ready(self) -> None:
        from django.contrib import admin

        admin.site.site_header = "Quire"
        admin.site.site_title = "Quire administration"
        admin.site.index_title = "Administration"
