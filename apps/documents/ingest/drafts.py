"""Make one passage from a span of a page: its text, its blocks, its rows, its boxes."""

from collections.abc import Sequence

from apps.documents.ingest.headings import SEAM
from apps.documents.ingest.layout import PageLayout, Part
from apps.documents.ingest.table_groups import rows_between
from apps.documents.ingest.types import BlockKind, BlockSpan, Draft

Box = tuple[float, float, float, float]


def make_draft(layout: PageLayout, span: tuple[int, int], path: tuple[str, ...], embedded_path: tuple[str, ...], *, own: int | None = None) -> Draft:
    """Make the passage of `span`, without the white space at its ends; before `own` it repeats the passage before it."""
    start, end = _trim(layout.text, *span)
    parts = layout.between(start, end)
    return Draft(
        text=layout.text[start:end],
        page=layout.page.number,
        start=start,
        end=end,
        heading_path=path,
        blocks=tuple(BlockSpan(part.block.kind, part.block.level, part.low - start, part.high - start) for part in parts),
        boxes=tuple(_line_boxes(layout, parts)),
        prefix=SEAM.join(embedded_path),
        body_start=_body_start(parts, end, embedded_path) - start,
        label=layout.page.label,
        rows=_rows(parts),
        overlap=0 if own is None else own - start,
    )


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    cut = text[start:end]
    return start + len(cut) - len(cut.lstrip()), end - (len(cut) - len(cut.rstrip()))


def _body_start(parts: Sequence[Part], end: int, path: tuple[str, ...]) -> int:
    """Return where the text begins after the headings at its head that the path already says."""
    body_start = parts[0].low if parts else end
    for part in parts:
        is_whole = part.low == part.begin and part.high == part.begin + len(part.block.text)
        if not (is_whole and part.block.kind == BlockKind.HEADING and " ".join(part.block.text.split()) in path):
            return part.low
        body_start = end
    return body_start


def _rows(parts: Sequence[Part]) -> tuple[int, int] | None:
    found = [rows for part in parts if (rows := rows_between(part.block, part.low - part.begin, part.high - part.begin))]
    return (min(first for first, _last in found), max(last for _first, last in found)) if found else None


def _line_boxes(layout: PageLayout, parts: Sequence[Part]) -> list[Box]:
    boxes: list[Box] = []
    for part in parts:
        lines: dict[int, Box] = {}
        for word in layout.words(part):
            box = lines.get(word.line, (word.x0, word.y0, word.x1, word.y1))
            lines[word.line] = (
                min(box[0], word.x0),
                min(box[1], word.y0),
                max(box[2], word.x1),
                max(box[3], word.y1),
            )
        boxes.extend(lines[line] for line in sorted(lines))
    return [_rounded(box) for box in boxes]


def _rounded(box: Box) -> Box:
    x0, y0, x1, y1 = (round(value, 1) for value in box)
    return (x0, y0, x1, y1)
