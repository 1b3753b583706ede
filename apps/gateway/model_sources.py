"""Models of the OpenAI-compatible API that are no routes. What stands above the gateway answers for them, and registers here when it starts.

A source may do more than call a model: search, run an agent, cite. What it gives flows on in OpenAI's shape like any other answer.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from apps.accounts.types import Reader
from apps.gateway.types import ChatRequest, Chunk


@dataclass(frozen=True, slots=True)
class SourcedAnswer:
    """An answer on its way. `chunks` are as a provider's: the last one has a usage and a finish reason; what goes wrong is a QuireError.

    The work behind it goes on when nobody reads any more: closing `chunks` stops only the telling.
    """

    id: UUID
    chunks: AsyncGenerator[Chunk, None]
    headers: Mapping[str, str] = field(default_factory=dict)


class ModelSource(Protocol):
    async def list_names(self, reader: Reader) -> Sequence[str]:
        """The models that this reader may ask."""

    async def open(self, reader: Reader, asked: ChatRequest) -> SourcedAnswer | None:
        """Begin to answer; None where no model of this name is the source's, or it is not this reader's: which of the two is not said."""


_SOURCES: list[ModelSource] = []


def register_source(source: ModelSource) -> None:
    """Called by an app when it starts; twice is once."""
    if source not in _SOURCES:
        _SOURCES.append(source)


async def list_sourced(reader: Reader) -> list[str]:
    return [name for source in _SOURCES for name in await source.list_names(reader)]


async def open_sourced(reader: Reader, asked: ChatRequest) -> SourcedAnswer | None:
    for source in _SOURCES:
        if answer := await source.open(reader, asked):
            return answer
    return None
