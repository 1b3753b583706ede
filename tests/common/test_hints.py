"""The queue, the doorbell and the cache are conveniences: they may be away, and nothing stops."""

import asyncio

import pytest
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction
from redis.exceptions import ConnectionError as RedisConnectionError

from apps.common import push, queue
from apps.common.cache import ForgivingRedisCache


@pytest.fixture
def sent(monkeypatch):
    tasks = []
    monkeypatch.setattr(queue.celery_app(), "send_task", lambda name, args, **options: tasks.append((name, args)))
    return tasks


@pytest.mark.django_db
def test_work_is_sent_once_the_change_is_committed(sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        queue.enqueue("documents.ingest", "1")
        assert sent == []
    assert sent == [("documents.ingest", ("1",))]


@pytest.mark.django_db
def test_a_broker_that_is_away_is_logged_and_forgiven(monkeypatch, caplog, django_capture_on_commit_callbacks):
    def refuse(*args, **options):
        raise OSError("connection refused")

    monkeypatch.setattr(queue.celery_app(), "send_task", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        queue.enqueue("documents.ingest", "1")
    assert [record.message for record in caplog.records] == ["queue.send_failed"]


async def test_who_listens_hears_the_bell():
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add("run.1", channel)
    await push.aring("run.1", {"seq": 3})
    assert await layer.receive(channel) == {"type": "push.message", "topic": "run.1", "data": {"seq": 3}}


def test_the_bell_rings_from_synchronous_code_too():
    layer = get_channel_layer()

    async def listen():
        channel = await layer.new_channel()
        await layer.group_add("library.1", channel)
        return channel

    channel = async_to_sync(listen)()
    push.ring("library.1", {"document": "d"})
    assert async_to_sync(layer.receive)(channel)["data"] == {"document": "d"}


async def test_a_bell_that_cannot_ring_is_forgiven(monkeypatch, caplog):
    async def refuse(*args):
        raise RedisConnectionError("away")

    monkeypatch.setattr(get_channel_layer(), "group_send", refuse)
    await push.aring("run.1", {})
    assert [record.message for record in caplog.records] == ["push.failed"]


async def test_without_a_channel_layer_nothing_rings(monkeypatch):
    monkeypatch.setattr(push, "get_channel_layer", lambda: None)
    await push.aring("run.1", {})


def test_the_cache_keeps_what_it_is_given(settings):
    cache = ForgivingRedisCache(settings.REDIS_URL, {"KEY_PREFIX": "test-cache"})
    cache.set("a", 1)
    assert cache.get("a") == 1
    assert cache.add("a", 2) is False
    assert cache.delete("a") is True
    assert cache.get("a", "gone") == "gone"


def test_a_cache_that_is_away_misses_instead_of_failing(tmp_path):
    cache = ForgivingRedisCache(f"unix://{tmp_path}/no-such.sock", {})
    cache.set("a", 1)
    assert cache.get("a", "default") == "default"
    assert cache.add("a", 1) is True
    assert cache.delete("a") is False


async def test_a_redis_that_hangs_holds_nobody_up(monkeypatch, caplog):
    class Hanging:
        async def group_send(self, topic, message):
            await asyncio.Event().wait()

    monkeypatch.setattr(push, "RING_SECONDS", 0.01)
    monkeypatch.setattr(push, "get_channel_layer", Hanging)
    await push.aring("run.1", {})
    assert "push.failed" in caplog.text
