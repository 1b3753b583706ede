"""Settings that cannot be right, each with an id and a hint."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


@register
def environment_is_readable(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    environment = settings.QUIRE_ENVIRONMENT
    errors: list[CheckMessage] = [Error(f"{problem.name} {problem.message}.", hint=problem.hint, id="quire.E001") for problem in environment.problems]
    strangers = [
        Warning(f"{name} is set, but nothing reads it.", hint="Check its spelling against .env.example.", id="quire.W001") for name in environment.strangers()
    ]
    return errors + strangers
