"""What the chat's tests stand on: a shelf of documents, and an agent whose model and search follow a script."""

import asyncio
from dataclasses import dataclass, field

import numpy as np

from apps.chat.services.execution import execute_run
from apps.chat.services.leases import claim_runs
from apps.common.db import run_db
from apps.documents.models import Collection, Document, DocumentState, DocumentVersion, Passage
from apps.documents.places import place_of
from apps.documents.search.types import Hit
from apps.gateway.types import Chunk, Usage


class Silence:
    """A place in a script where the model says nothing more; `reached` tells that it got there."""

    def __init__(self):
        self.reached = asyncio.Event()

    async def last(self):
        self.reached.set()
        await asyncio.Event().wait()


async def eventually(is_so, seconds=5.0):
    """Wait for something that other tasks bring about."""
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110  # whatever is waited for has no event of its own
            await asyncio.sleep(0.002)


async def finally_true(question, *arguments, seconds=5.0):
    """`eventually` for what the database knows."""
    async with asyncio.timeout(seconds):
        while not await run_db(question, *arguments):  # noqa: ASYNC110  # the database rings no bell
            await asyncio.sleep(0.01)


@dataclass
class Stage:
    """`answers` are the model's, one list of chunks a call; an exception among the chunks is raised there."""

    answers: list = field(default_factory=list)
    passages: list = field(default_factory=list)
    questions: list = field(default_factory=list)
    readers: list = field(default_factory=list)
    closed_count: int = 0

    async def search(self, reader, query, *, limit=8, filters=None, joins=True):
        self.readers.append(reader)
        self.questions.append(query)
        return [hit_of(passage) for passage in self.passages[:limit]]

    async def embed(self, principal, texts):
        """All of them alike in nothing."""
        return np.eye(len(texts), dtype=np.float32)

    async def complete(self, principal, messages, *, model=None, options=None):
        try:
            for piece in self.answers.pop(0):
                yield await self._chunk(piece)
            yield Chunk("", Usage(10, 5, estimated=True), "stop")
        finally:
            self.closed_count += 1

    async def _chunk(self, piece):
        match piece:
            case Exception():
                raise piece
            case Silence():
                return await piece.last()
            case _:
                return Chunk(piece)

    async def carry_out(self, claimant="test"):
        """Do what an agents process does: claim all that waits, and see it through."""
        for claim in await run_db(claim_runs, claimant, 10):
            await execute_run(claim, asyncio.Event())


def hit_of(passage):
    document = passage.version.document
    return Hit(
        passage_id=passage.pk,
        document_id=document.pk,
        version_id=passage.version_id,
        title=document.title,
        page=passage.page,
        text=passage.text,
        start=passage.start,
        end=passage.end,
        blocks=passage.blocks,
        heading_path=(),
        kind=document.kind,
        score=0.5,
        explanation={},
        place=place_of(passage),
    )


def shelve(reader, *texts, title="Handbook", access="public", page=3):
    """A ready document of the reader's with one passage for each text."""
    collection, _ = Collection.objects.get_or_create(workspace=reader.workspace, slug="library", defaults={"name": "Library"})
    document = Document.objects.create(
        collection=collection,
        owner=reader.user,
        title=title,
        kind="pdf",
        access=access,
        sha256="0" * 64,
        byte_size=1,
        state=DocumentState.READY,
        original="none",
        source_name="handbook.pdf",
    )
    version = DocumentVersion.objects.create(document=document, number=1, parser="test", passage_count=len(texts))
    Document.objects.filter(pk=document.pk).update(current_version=version)
    return [
        Passage.objects.create(version=version, workspace=reader.workspace, ordinal=ordinal, text=text, page=page, start=0, end=len(text))
        for ordinal, text in enumerate(texts)
    ]
