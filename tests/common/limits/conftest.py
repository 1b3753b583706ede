"""Limiters of a test's own, on the real server and on servers that are away or hang."""

import socket
from uuid import uuid4

import pytest
from django.conf import settings

from apps.common.limits import Bucket
from apps.common.limits.limiter import Limiter


@pytest.fixture
def limiter():
    return Limiter(settings.REDIS_URL, timeout=10)


@pytest.fixture
def limiter_without_redis(tmp_path):
    return Limiter(f"unix://{tmp_path}/nobody.sock", timeout=0.2)


@pytest.fixture
def hanging(tmp_path):
    """A server that takes connections and never says a word."""
    path = tmp_path / "h.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(100)
        yield f"unix://{path}"


@pytest.fixture
def bucket():
    """Makes buckets that no other test knows; without refill unless it says so."""
    mark = uuid4().hex

    def make(name="one", capacity=3, per_second=0.0, cost=1):
        return Bucket(f"{mark}:{name}", capacity, per_second, cost)

    return make
