from django.urls import path

from apps.chat.api.runs import RunCancel, RunDetail, RunList, RunRetry, run_events
from apps.chat.api.views import query

urlpatterns = [
    path("query", query, name="api-query"),
    path("runs", RunList.as_view(), name="api-runs"),
    path("runs/<uuid:run_id>", RunDetail.as_view(), name="api-run"),
    path("runs/<uuid:run_id>/events", run_events, name="api-run-events"),
    path("runs/<uuid:run_id>/cancel", RunCancel.as_view(), name="api-run-cancel"),
    path("runs/<uuid:run_id>/retry", RunRetry.as_view(), name="api-run-retry"),
]
