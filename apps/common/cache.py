"""Redis as a cache that may be away: a miss instead of an error."""

import logging
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache; where Redis does not answer, reads miss and writes are dropped, with one log line."""

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except (RedisError, OSError):
            logger.warning("cache.unavailable", extra={"operation": "get"})
            return default

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        try:
            super().set(key, value, timeout, version)
        except (RedisError, OSError):
            logger.warning("cache.unavailable", extra={"operation": "set"})

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        try:
            return bool(super().add(key, value, timeout, version))
        except (RedisError, OSError):
            logger.warning("cache.unavailable", extra={"operation": "add"})
            return True

    def delete(self, key: str, version: int | None = None) -> bool:
        try:
            return bool(super().delete(key, version))
        except (RedisError, OSError):
            logger.warning("cache.unavailable", extra={"operation": "delete"})
            return False
