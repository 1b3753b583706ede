from django.urls import path

from apps.chat import views

app_name = "chat"
urlpatterns = [
    path("", views.begin, name="begin"),
    path("chat/ask/", views.ask, name="ask"),
    path("chat/<uuid:conversation_id>/", views.conversation, name="conversation"),
    path("chat/messages/<uuid:message_id>/", views.message, name="message"),
    path("chat/runs/<uuid:run_id>/how/", views.dossier, name="run-dossier"),
    path("chat/runs/<uuid:run_id>/stop/", views.stop_run, name="run-stop"),
    path("chat/runs/<uuid:run_id>/retry/", views.retry_run, name="run-retry"),
]
