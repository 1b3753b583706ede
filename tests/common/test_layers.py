import pytest
from channels_redis.core import RedisChannelLayer
from redis.exceptions import ConnectionError as RedisAway

from apps.common import layers
from apps.common.layers import PatientChannelLayer


@pytest.mark.parametrize("trouble", [RedisAway(), ConnectionRefusedError()])
async def test_a_socket_outlives_an_absence_of_redis(trouble, monkeypatch, caplog):
    answers = [trouble, trouble, {"type": "push.message"}]

    async def receive(self, channel):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(layers, "RETRY_SECONDS", 0)
    monkeypatch.setattr(RedisChannelLayer, "receive", receive)
    assert await PatientChannelLayer(hosts=["redis://localhost"]).receive("channel") == {"type": "push.message"}
    assert caplog.text.count("channel_layer.away") == 1
