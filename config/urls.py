"""Every address of the house, one line a neighbourhood."""

from django.contrib import admin
from django.urls import include, path

from apps.accounts.views import home
from apps.administration.health import live, ready

urlpatterns = [
    path("", home, name="home"),
    path("w/<slug:slug>/library/", include("apps.documents.urls")),
    path("w/<slug:slug>/search/", include("apps.documents.search_urls")),
    path("w/<slug:slug>/settings/", include("apps.accounts.urls")),
    path("w/<slug:slug>/settings/", include("apps.gateway.urls")),
    path("w/<slug:slug>/", include("apps.chat.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("apps.documents.api.urls")),
    path("api/v1/", include("apps.chat.api.urls")),
    path("v1/", include("apps.gateway.openai_api.urls")),
    path("health/live", live, name="health-live"),
    path("health/ready", ready, name="health-ready"),
]
handler400 = "apps.common.errors_page.bad_request"
handler403 = "apps.common.errors_page.forbidden"
handler404 = "apps.common.errors_page.not_found"
handler429 = "apps.common.errors_page.too_many"
handler500 = "apps.common.errors_page.server_error"
