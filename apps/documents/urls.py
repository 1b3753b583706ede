from django.urls import path

from apps.documents.views import access, actions, collections, library, source, tags, uploads

app_name = "documents"
urlpatterns = [
    path("", library.library, name="library"),
    path("rows/", library.rows, name="rows"),
    path("upload/", uploads.upload, name="upload"),
    path("selected/", actions.selected, name="selected"),
    path("collections/", collections.collections, name="collections"),
    path("collections/create/", collections.collection_create, name="collection-create"),
    path("collections/<uuid:collection_id>/", collections.collection, name="collection"),
    path("collections/<uuid:collection_id>/change/", collections.collection_change, name="collection-change"),
    path("collections/<uuid:collection_id>/grant/", collections.collection_grant, name="collection-grant"),
    path("collections/<uuid:collection_id>/revoke/", collections.collection_revoke, name="collection-revoke"),
    path("<uuid:document_id>/", source.document, name="document"),
    path("<uuid:document_id>/original/", source.original, name="original"),
    path("<uuid:document_id>/retry/", actions.retry, name="retry"),
    path("<uuid:document_id>/cancel/", actions.cancel, name="cancel"),
    path("<uuid:document_id>/delete/", actions.delete, name="delete"),
    path("<uuid:document_id>/tags/change/", tags.tags_change, name="tags-change"),
    path("<uuid:document_id>/access/", access.access, name="access"),
    path("<uuid:document_id>/access/change/", access.access_change, name="access-change"),
    path("<uuid:document_id>/access/move/", access.access_move, name="access-move"),
    path("<uuid:document_id>/access/share/", access.access_share, name="access-share"),
    path("<uuid:document_id>/access/unshare/", access.access_unshare, name="access-unshare"),
]
