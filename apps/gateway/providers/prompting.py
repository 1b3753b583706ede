"""Blocks as one text, for models that read a prompt: passages numbered, and marked off so that none can pose as something else."""

import re
from collections.abc import Sequence

from apps.gateway.types import Block, PassageBlock

_TAG = re.compile(r"<(?=\s*/?\s*passage\b)", re.IGNORECASE)


def render_blocks(blocks: Sequence[Block]) -> str:
    """Passages first, then what is asked: a model follows best what it read last."""
    passages = [_render_passage(block) for block in blocks if block["type"] == "passage"]
    asked = [block["text"] for block in blocks if block["type"] == "text"]
    return "\n\n".join([*passages, *asked])


def _render_passage(block: PassageBlock) -> str:
    place = f' place="{_value(block["place"])}"' if block["place"] else ""
    # A passage that holds our own closing tag must not end early.
    text = _TAG.sub("&lt;", block["text"])
    return f'<passage number="{block["number"]}" title="{_value(block["title"])}"{place}>\n{text}\n</passage>'


def _value(words: str) -> str:
    return " ".join(words.split()).replace('"', "'").replace("<", "&lt;")
