"""A state as plain JSON, for the time between two nodes: ids and numbers, and of a document's words none.

What a passage says is read again, with the rights of that moment, when the state is taken up.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, cast, get_type_hints

from pydantic import TypeAdapter

from apps.chat.graph.context import FoundPassage
from apps.chat.graph.state import AgentState

# Whoever takes a run up has these from the run itself; the outcome is stored as the answer.
_NOT_KEPT = ("question", "history", "summary", "outcome")
# Of a passage: what is read again.
_READ_AGAIN = ("document_id", "version_id", "title", "page", "text", "place")
_FIELDS: dict[str, TypeAdapter[Any]] = {name: TypeAdapter(kind) for name, kind in get_type_hints(AgentState).items() if name not in _NOT_KEPT}


def dump_state(state: Mapping[str, Any]) -> dict[str, Any]:
    """`state` as JSON that holds neither a document's text nor its title."""
    data = {name: field.dump_python(state[name], mode="json") for name, field in _FIELDS.items() if name in state}
    for passage in _passages_in(data):
        for name in _READ_AGAIN:
            del passage[name]
    return data


def passage_ids(data: Mapping[str, Any]) -> set[int]:
    return {int(passage["id"]) for passage in _passages_in(data)}


def load_state(data: Mapping[str, Any], passages: Mapping[int, FoundPassage]) -> AgentState:
    """The state that `dump_state` made `data` of, which is filled in. Raises KeyError for a passage that is not given, and ValueError."""
    for one in _passages_in(data):
        read = asdict(passages[one["id"]])
        one |= {name: read[name] for name in _READ_AGAIN}
    return cast("AgentState", {name: field.validate_python(data[name]) for name, field in _FIELDS.items() if name in data})


def _passages_in(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every place of a state where a passage stands."""
    yield from data.get("passages", ())
    yield from data.get("draft", {}).get("sources", {}).values()
    yield from (citation["passage"] for citation in data.get("citations", ()))
