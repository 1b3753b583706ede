"""Below `/w/<slug>/settings/`, beside the pages of accounts."""

from django.urls import path

from apps.gateway import views

app_name = "gateway"
urlpatterns = [path("usage/", views.usage, name="usage")]
