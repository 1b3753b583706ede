from dataclasses import dataclass, field

import pytest

from apps.gateway.resilience.policy import RetryPolicy
from apps.gateway.services import complete
from apps.gateway.steps import routed
from apps.gateway.types import ChatMessage, PassageBlock, Principal, TextBlock, Usage

PRINCIPAL = Principal(user_id=None, workspace_id=None, purpose="test")


def passage(number, text, title="Handbook", place=""):
    return PassageBlock(type="passage", number=number, title=title, place=place, text=text)


def question(text, *passages):
    """A user's message: the question, then what may answer it."""
    return ChatMessage("user", [TextBlock(type="text", text=text), *passages])


@dataclass
class Answer:
    pieces: list[str] = field(default_factory=list)
    usage: Usage | None = None
    finish_reason: str | None = None

    @property
    def text(self):
        return "".join(self.pieces)


async def collect(*messages, into=None):
    """Read an answer to its end, through the public face."""
    answer = into or Answer()
    async for chunk in complete(PRINCIPAL, list(messages)):
        answer.pieces += [chunk.text] if chunk.text else []
        answer.usage, answer.finish_reason = chunk.usage or answer.usage, chunk.finish_reason or answer.finish_reason
    return answer


@pytest.fixture
def waits(monkeypatch):
    """The seconds that the retry loop would have slept."""
    slept: list[float] = []

    async def sleep(seconds):
        slept.append(seconds)

    monkeypatch.setattr(routed, "retry_policy", RetryPolicy(sleep=sleep, chance=lambda: 0.5))
    return slept
