import os

from django.apps import AppConfig


class GatewayConfig(AppConfig):
    name = "apps.gateway"

    def ready(self) -> None:
        from apps.accounts.settings_pages import Page, register_page
        from apps.gateway import checks  # noqa: F401  (registers the checks)

        register_page(Page("gateway:usage", "Usage", lambda reader: True))

        # LangChain sends every prompt to a service of its maker when one of these is on. Questions stay here.
        for name in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2"):
            os.environ[name] = "false"
