"""What a document's notes say was left out of it, in the same words for every format."""

from collections.abc import Iterable

from apps.documents.ingest.parsers.packages import Link

_EMBEDDED = frozenset(["oleObject", "package", "aFChunk"])


def embedded_parts(links: Iterable[Link]) -> set[str]:
    """Return the parts that are files of their own inside the file."""
    return {link.part for link in links if link.kind in _EMBEDDED}


def embedded_note(count: int) -> list[str]:
    return left_out_note(count, "embedded file")


def left_out_note(count: int, what: str) -> list[str]:
    if not count:
        return []
    return [f"1 {what} was not read." if count == 1 else f"{count:,} {what}s were not read."]
