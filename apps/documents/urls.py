from django.urls import path

from apps.documents import views

app_name = "documents"
urlpatterns = [
    path("", views.library, name="library"),
    path("upload/", views.upload, name="upload"),
    path("<uuid:document_id>/", views.document, name="document"),
    path("<uuid:document_id>/row/", views.row, name="row"),
    path("<uuid:document_id>/original/", views.original, name="original"),
    path("<uuid:document_id>/retry/", views.retry, name="retry"),
    path("<uuid:document_id>/delete/", views.delete, name="delete"),
]
