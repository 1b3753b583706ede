"""Make one passage from a span of a page: its text, its blocks, its boxes."""

from bisect import bisect_right

from apps.documents.ingest.headings import SEAM
from apps.documents.ingest.types import BLOCK_GAP, Block, BlockKind, BlockSpan, Draft, Page

Box = tuple[float, float, float, float]


class PageLayout:
    """A page's text and where each block begins in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.text = page.text
        self._starts: list[int] = []
        offset = 0
        for block in page.blocks:
            self._starts.append(offset)
            offset += len(block.text) + len(BLOCK_GAP)

    def between(self, start: int, end: int) -> list[tuple[Block, int, int, int]]:
        """Return (block, its start, span start, span end) for blocks with text in the span."""
        found = []
        first = max(0, bisect_right(self._starts, start) - 1)
        for number in range(first, len(self.page.blocks)):
            block, begin = self.page.blocks[number], self._starts[number]
            if begin >= end:
                break
            low, high = max(start, begin), min(end, begin + len(block.text))
            if low < high and self.text[low:high].strip():
                found.append((block, begin, low, high))
        return found


def make_draft(layout: PageLayout, span: tuple[int, int], path: tuple[str, ...], embedded_path: tuple[str, ...]) -> Draft:
    """Make the passage of `span`, without the white space at its ends."""
    start, end = _trim(layout.text, *span)
    parts = layout.between(start, end)
    rows = [block.rows for block, _begin, _low, _high in parts if block.rows]
    return Draft(
        text=layout.text[start:end],
        page=layout.page.number,
        start=start,
        end=end,
        heading_path=path,
        blocks=tuple(BlockSpan(block.kind, block.level, low - start, high - start) for block, _begin, low, high in parts),
        boxes=tuple(_line_boxes(parts)),
        prefix=SEAM.join(embedded_path),
        body_start=_body_start(parts, end, embedded_path) - start,
        label=layout.page.label,
        rows=(min(first for first, _last in rows), max(last for _first, last in rows)) if rows else None,
    )


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    cut = text[start:end]
    return start + len(cut) - len(cut.lstrip()), end - (len(cut) - len(cut.rstrip()))


def _body_start(parts: list[tuple[Block, int, int, int]], end: int, path: tuple[str, ...]) -> int:
    """Return where the text begins after the headings at its head that the path already says."""
    body_start = parts[0][2] if parts else end
    for block, begin, low, high in parts:
        is_whole = low == begin and high == begin + len(block.text)
        if not (is_whole and block.kind == BlockKind.HEADING and " ".join(block.text.split()) in path):
            return low
        body_start = end
    return body_start


def _line_boxes(parts: list[tuple[Block, int, int, int]]) -> list[Box]:
    boxes: list[Box] = []
    for block, begin, low, high in parts:
        lines: dict[int, Box] = {}
        for word in block.words:
            if begin + word.end <= low or begin + word.start >= high:
                continue
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
