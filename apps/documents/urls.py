from django.urls import path

from apps.documents.views import library, source

app_name = "documents"
urlpatterns = [
    path("", library.library, name="library"),
    path("upload/", library.upload, name="upload"),
    path("<uuid:document_id>/", source.document, name="document"),
    path("<uuid:document_id>/row/", library.row, name="row"),
    path("<uuid:document_id>/original/", source.original, name="original"),
    path("<uuid:document_id>/retry/", library.retry, name="retry"),
    path("<uuid:document_id>/delete/", library.delete, name="delete"),
]
