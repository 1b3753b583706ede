"""A real Postgres and a real Redis-compatible server under `var/`, for one machine without either."""

from config.embedded.errors import EmbeddedError
from config.embedded.services import Services, Urls, Wanted, ensure_services, scratch_services, service_urls

__all__ = ["EmbeddedError", "Services", "Urls", "Wanted", "ensure_services", "scratch_services", "service_urls"]
