from django.urls import path

from apps.gateway.openai_api import views

app_name = "openai"
urlpatterns = [
    path("chat/completions", views.chat_completions, name="chat-completions"),
    path("embeddings", views.embeddings, name="embeddings"),
    path("models", views.models, name="models"),
    path("models/<path:name>", views.model, name="model"),
]
