from django.urls import path

from apps.chat.api.views import query

urlpatterns = [path("query", query, name="api-query")]
