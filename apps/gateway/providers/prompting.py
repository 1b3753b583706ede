"""Blocks as one text, for models that read a prompt: passages numbered, and marked off so that none can pose as something else.

What a tool gave back is marked off in the same way. A text that holds our own marks, in whatever width they are written, holds them as text.
"""

import re
from collections.abc import Sequence

from apps.gateway.types import Block, PassageBlock

# Also what a model takes for "<": full-width and small forms, angle quotes, and the entity that somebody undid.
_TAG = re.compile(
    r"(?:[<＜﹤‹〈⟨❮]|&lt;?)(?=[\s\u200b-\u200f\u2060\ufeff]*[/／⁄∕]?[\s\u200b-\u200f\u2060\ufeff]*(?:passage|tool[_\s-]?result)\b)", re.IGNORECASE
)


def render_blocks(blocks: Sequence[Block]) -> str:
    """Passages first, then what is asked: a model follows best what it read last."""
    passages = [_render_passage(block) for block in blocks if block["type"] == "passage"]
    asked = [block["text"] for block in blocks if block["type"] == "text"]
    return "\n\n".join([*passages, *asked])


def render_tool_result(blocks: Sequence[Block]) -> str:
    """What a tool gave back, as data and not as anybody's words: what it says, and then the passages that it found."""
    said = [_as_text(block["text"]) for block in blocks if block["type"] == "text"]
    passages = [_render_passage(block) for block in blocks if block["type"] == "passage"]
    inside = "\n\n".join([*said, *passages])
    return f"<tool_result>\n{inside}\n</tool_result>"


def _render_passage(block: PassageBlock) -> str:
    place = f' place="{_value(block["place"])}"' if block["place"] else ""
    return f'<passage number="{block["number"]}" title="{_value(block["title"])}"{place}>\n{_as_text(block["text"])}\n</passage>'


def _as_text(text: str) -> str:
    """A passage that holds our own closing tag must not end early."""
    return _TAG.sub("&lt;", text)


def _value(words: str) -> str:
    return " ".join(words.split()).replace('"', "'").replace("<", "&lt;")
