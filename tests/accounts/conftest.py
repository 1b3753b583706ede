import secrets

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _counted_anew(settings):
    """Failed sign-ins are counted under names made with the secret key: with one of its own no test is refused for another's.

    Where allauth counts by itself, it counts in the cache.
    """
    cache.clear()
    settings.SECRET_KEY = secrets.token_hex(32)
