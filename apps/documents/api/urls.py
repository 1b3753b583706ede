from django.urls import path

from apps.documents.api.views import DocumentDetail, DocumentList

app_name = "documents-api"
urlpatterns = [
    path("documents", DocumentList.as_view(), name="documents"),
    path("documents/<uuid:document_id>", DocumentDetail.as_view(), name="document"),
]
