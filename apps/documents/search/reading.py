"""Read what was found, as the reader: each passage with its document, whatever was found of it a moment ago."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.documents.places import name_place
from apps.documents.search.scope import Scope
from apps.documents.search.statements import fetch
from apps.documents.search.types import Beside, Hit

_READ = """
    SELECT passage.id, passage.version_id, passage.ordinal, passage.text, passage.heading_path, passage.page, passage.label, passage.first_row,
        passage.last_row, passage.start, passage."end", passage.blocks, version.unit, document.id, document.title, document.kind, document.updated_at,
        held.language, held.terms
    FROM documents_passage AS passage JOIN documents_documentversion AS version ON version.id = passage.version_id
    JOIN documents_document AS document ON document.id = version.document_id
    LEFT JOIN documents_passageterms AS held ON held.passage_id = passage.id AND held.analyser = %s
    WHERE passage.id = ANY(%s) AND {sees}
"""
# `OFFSET 0` puts the documents in their order first, so that no more of them are looked into than are wanted.
_FIRST = """
    SELECT first.id FROM (
        SELECT document.id, document.updated_at, visible.version_id FROM ({versions}) AS visible(version_id)
        JOIN documents_document AS document ON document.current_version_id = visible.version_id ORDER BY document.updated_at DESC, document.id OFFSET 0
    ) AS listed CROSS JOIN LATERAL (
        SELECT passage.id FROM documents_passage AS passage WHERE passage.version_id = listed.version_id AND {allowed} ORDER BY passage.ordinal LIMIT 1
    ) AS first ORDER BY listed.updated_at DESC, listed.id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A passage as it is read. `terms` are all it holds, to tell it from others."""

    passage_id: int
    version_id: UUID
    ordinal: int
    text: str
    start: int
    end: int
    # As the row has them, unread: of most passages they are not wanted.
    blocks: str
    heading_path: tuple[str, ...]
    page: int | None
    place: str
    document_id: UUID
    title: str
    kind: str
    updated_at: datetime
    language: str
    terms: frozenset[int]

    # Any: see Hit.explanation.
    def as_hit(self, score: float, explanation: dict[str, Any], alike: Sequence["Found"], neighbours: Sequence["Found"]) -> Hit:
        return Hit(
            passage_id=self.passage_id,
            document_id=self.document_id,
            version_id=self.version_id,
            title=self.title,
            page=self.page,
            text=self.text,
            start=self.start,
            end=self.end,
            blocks=json.loads(self.blocks),
            heading_path=self.heading_path,
            kind=self.kind,
            score=round(score, 4),
            explanation=explanation,
            place=self.place,
            language=self.language,
            updated_at=self.updated_at,
            ordinal=self.ordinal,
            alike=tuple(one.as_beside() for one in alike),
            neighbours=tuple(one.as_beside() for one in sorted(neighbours, key=lambda one: one.ordinal)),
        )

    def as_beside(self) -> Beside:
        blocks = json.loads(self.blocks)
        return Beside(self.passage_id, self.document_id, self.version_id, self.title, self.place, self.text, blocks, self.language, self.ordinal)


def read_passages(scope: Scope, analyser: int, ids: Sequence[int]) -> dict[int, Found]:
    """Return those of the passages that are still there to be seen, by id."""
    sees = scope.sees("passage")
    found = [_found(row) for row in fetch(_READ.format(sees=sees.text), [analyser, list(ids), *sees.values])]
    return {one.passage_id: one for one in found}


def newest_documents(scope: Scope, analyser: int, limit: int) -> list[int]:
    """Return of each document that changed last the first passage that may be found: where nothing is asked but to narrow."""
    versions, allowed = scope.versions, scope.allows_passage("passage.id", analyser)
    statement = _FIRST.format(versions=versions.text, allowed=allowed.text)
    return [pk for (pk,) in fetch(statement, [*versions.values, *allowed.values, limit])]


# Any: the columns of a row.
def _found(row: tuple[Any, ...]) -> Found:
    (pk, version_id, ordinal, text, path, page, label, first_row, last_row, start, end, blocks, unit, *document, language, terms) = row
    document_id, title, kind, updated_at = document
    rows = None if first_row is None or last_row is None else (first_row, last_row)
    return Found(
        passage_id=pk,
        version_id=version_id,
        ordinal=ordinal,
        text=text,
        start=start,
        end=end,
        blocks=blocks,
        heading_path=tuple(json.loads(path)),
        page=page,
        place=name_place(unit, page, label, rows),
        document_id=document_id,
        title=title,
        kind=kind,
        updated_at=updated_at,
        language=language or "",
        terms=frozenset(terms or ()),
    )
