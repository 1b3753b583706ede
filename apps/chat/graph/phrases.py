"""What the agent says in its own name: fixed sentences, no model involved."""

import re
from collections.abc import Sequence

# The very sentence that the prompt asks of a model, and that the embedded one says (a test holds them equal).
NO_ANSWER = "Nothing in the library answers this."
GREETING = "Hello. Ask a question about your documents, and the answer will quote them and name the page."
WELCOME = "You are welcome. Ask on when you like."

# How the sentence begins that names the closest documents.
NEAREST = "The nearest document"

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+.!|<>~&-])")
_NEAREST_MAX = 3


def searching() -> str:
    return "Searching"


def reading(passage_count: int, document_count: int) -> str:
    return f"Reading {_count(passage_count, 'passage')} from {_count(document_count, 'document')}"


def checking() -> str:
    return "Checking the sources"


def nearest(titles: Sequence[str]) -> str:
    """A Markdown sentence that names the closest documents; empty when there are none."""
    names = [f"**{_plain(title)}**" for title in dict.fromkeys(titles)][:_NEAREST_MAX]
    if not names:
        return ""
    if len(names) == 1:
        return f"{NEAREST} is {names[0]}."
    return f"{NEAREST}s are {', '.join(names[:-1])} and {names[-1]}."


def _plain(title: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(title.split()))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
