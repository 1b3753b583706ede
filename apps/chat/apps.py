from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "apps.chat"

    def ready(self) -> None:
        from apps.chat.openai_models import LibraryModels
        from apps.gateway.model_sources import register_source

        register_source(LibraryModels())
