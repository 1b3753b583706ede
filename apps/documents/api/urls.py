from django.urls import path

from apps.documents.api.search import SearchView
from apps.documents.api.views import DocumentCancel, DocumentDetail, DocumentList, DocumentRetry

app_name = "documents-api"
urlpatterns = [
    path("documents", DocumentList.as_view(), name="documents"),
    path("documents/<uuid:document_id>", DocumentDetail.as_view(), name="document"),
    path("documents/<uuid:document_id>/retry", DocumentRetry.as_view(), name="document-retry"),
    path("documents/<uuid:document_id>/cancel", DocumentCancel.as_view(), name="document-cancel"),
    path("search", SearchView.as_view(), name="search"),
]
