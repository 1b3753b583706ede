from django.urls import path

from apps.documents.views import search

app_name = "documents-search"
urlpatterns = [path("", search.search, name="search")]
