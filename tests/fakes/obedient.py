"""A model that obeys every instruction it reads, wherever it stands: what comes of that is the fault of the house around it.

An order is `!!do call <tool> <JSON>!!` or `!!do write <text>!!`. In a text to be written, {loot} is all that the model was told in secret:
whatever begins with CANARY, or if there is nothing of the kind, the first words of its instructions.
"""

import re
from typing import Any
from urllib.parse import quote

from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.scripts import Step, Tool

_ORDER = re.compile(r"!!do (call|write) (.*?)!!", re.DOTALL)
_LOOT = re.compile(r"CANARY-\w+")
# Letters that are written in characters nobody sees.
_TAG_LETTERS = {0xE0000 + code: chr(code) for code in range(0x20, 0x7F)}
_NOTHING = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD])


class ObedientModel(FakeOpenAI):
    """Does the calls that it has not done yet, whether or not it was offered the tools; once it is offered none, or none is left, it writes."""

    def __init__(self) -> None:
        super().__init__()
        # What it was ordered and did, for the proof that it was.
        self.called: list[tuple[str, str]] = []
        self.written: list[str] = []

    def reply_to(self, body: dict[str, Any]) -> list[Step] | None:
        messages = body.get("messages", [])
        read = [message["content"] for message in messages if message["role"] in ("user", "tool") and isinstance(message["content"], str)]
        orders = list(dict.fromkeys(order for text in read for order in _ORDER.findall(text.translate(_NOTHING).translate(_TAG_LETTERS))))
        done = {(call["function"]["name"], call["function"]["arguments"]) for message in messages for call in message.get("tool_calls", ())}
        calls = [call for kind, words in orders if kind == "call" and (call := _split(words)) not in done]
        self.called += calls
        steps: list[Step] = [Tool(place, f"call{len(done) + place}", name, arguments) for place, (name, arguments) in enumerate(calls)]
        if calls and body.get("tools"):
            return steps
        loot = quote(" ".join(dict.fromkeys(_LOOT.findall(" ".join(read)))) or str(messages[0]["content"])[:40])
        texts = [words.replace("{loot}", loot) for kind, words in orders if kind == "write"]
        self.written += texts
        # In small pieces, as a model streams: whatever guards the answer has to see across them.
        whole = "\n\n".join(["The first passage says so. [1]", *texts, "That is all. [1]"])
        return [*(whole[at : at + 7] for at in range(0, len(whole), 7)), *steps]


def _split(words: str) -> tuple[str, str]:
    """Of a call; what came in an attribute has other quotes."""
    name, _, arguments = words.partition(" ")
    return name, (arguments or "{}").replace("'", '"')
