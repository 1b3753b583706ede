"""A recorded stream, cut at 200 offsets: nobody takes half an answer for a whole one, and what came is billed."""

import json

import pytest

from apps.gateway.errors import ProviderError, StreamCut
from apps.gateway.resilience import health as health_module
from apps.gateway.resilience.health import Health
from apps.gateway.steps.routed import routed
from apps.gateway.types import Usage
from tests.fakes.scripts import Cut, End, Raw
from tests.gateway.resilience.conftest import make_target

WORDS = [f"word{number} é漢 " for number in range(40)]
EVENTS = [{"choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}]} for word in WORDS]
RECORDED = "".join(f"data: {json.dumps(event, ensure_ascii=False)}\n\n" for event in EVENTS)
OFFSETS = [round(number * len(RECORDED) / 200) for number in range(200)]


async def read(call, into):
    async for chunk in routed(call, None):
        into.append(chunk)


@pytest.mark.parametrize("how", [Cut(), End()])
@pytest.mark.parametrize("first", range(10))
async def test_a_stream_cut_anywhere_is_a_true_prefix_and_an_error(fake_server, make_call, waits, clock, how, first):
    for offset in OFFSETS[first::10]:
        health_module.reset(Health(None, clock))
        fake_server.reset()
        fake_server.enqueue(*[[Raw(RECORDED[:offset]), how]] * 3)
        call, found = make_call(make_target(base_url=fake_server.base_url)), []
        with pytest.raises(ProviderError) as caught:
            await read(call, found)
        text = "".join(chunk.text for chunk in found)
        assert "".join(WORDS).startswith(text)
        # Told as cut exactly where the reader has anything of it.
        assert (type(caught.value) is StreamCut) == bool(text)
        pieces = sum(text.startswith("".join(WORDS[: number + 1])) for number in range(len(WORDS)))
        assert call.attempts[-1].usage in {None, Usage(6, pieces, estimated=True)}
        assert (call.attempts[-1].usage is None) == (not text)
