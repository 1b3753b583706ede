"""The shapes of a slide in the order in which they are read, wherever the file has them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from apps.documents.ingest.parsers.drawings import A
from apps.documents.ingest.parsers.packages import Element, local
from apps.documents.ingest.parsers.reading_order import FAR, ROW, in_rows

P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
# Shown on every slide; not what it says.
_FURNITURE = frozenset(["dt", "ftr", "sldNum", "hdr", "sldImg"])
_TITLES = ("title", "ctrTitle")
_NESTING_MAX = 60


@dataclass(frozen=True, slots=True)
class Placeholder:
    """What a shape stands for in the slide's layout."""

    type: str
    index: str


class Layout:
    """Where the placeholders of a layout and its master stand, nearest first."""

    def __init__(self, roots: Sequence[Element]) -> None:
        self._shapes: list[tuple[dict[str, Element], dict[str, Element]]] = []
        for root in roots:
            by_index: dict[str, Element] = {}
            by_family: dict[str, Element] = {}
            for shape in root.iter(P + "sp"):
                held = placeholder_of(shape)
                if held is not None:
                    by_index.setdefault(held.index, shape)
                    by_family.setdefault(_family(held.type), shape)
            self._shapes.append((by_index, by_family))

    def like(self, held: Placeholder | None) -> Iterator[Element]:
        """Yield the shapes that a placeholder takes after."""
        if held is None:
            return
        for by_index, by_family in self._shapes:
            found = by_index.get(held.index) if held.index else None
            found = by_family.get(_family(held.type)) if found is None else found
            if found is not None:
                yield found


def placeholder_of(shape: Element) -> Placeholder | None:
    held = shape.find(f"*/{P}nvPr/{P}ph")
    return None if held is None else Placeholder(held.get("type") or "obj", held.get("idx") or "")


def is_title(held: Placeholder | None) -> bool:
    return held is not None and held.type in _TITLES


def shapes_in_order(tree: Element, layout: Layout, depth: int = 0) -> Iterator[Element]:
    """Yield the shapes that can say something: the title, then from the top down and from the left to the right."""
    placed: list[tuple[int, int, Element]] = []
    for shape in _children(tree):
        held = placeholder_of(shape)
        if held is not None and held.type in _FURNITURE:
            continue
        top, left = (-FAR, 0) if is_title(held) else _corner(shape, layout, held)
        placed.append((top, left, shape))
    for shape in in_rows(placed):
        if local(shape) != "grpSp":
            yield shape
        elif depth < _NESTING_MAX:
            yield from shapes_in_order(shape, layout, depth + 1)


def _children(tree: Element) -> Iterator[Element]:
    for child in tree:
        name = local(child)
        if name == "AlternateContent":
            choice = next((one for one in child if local(one) in ("Choice", "Fallback") and len(one)), None)
            yield from _children(choice) if choice is not None else ()
        elif name in ("sp", "grpSp", "graphicFrame", "pic", "cxnSp"):
            yield child


def _corner(shape: Element, layout: Layout, held: Placeholder | None) -> tuple[int, int]:
    """Return top and left; a placeholder without a place of its own has that of its layout."""
    for one in (shape, *layout.like(held)):
        offset = next((at for at in one.iterfind(f"*/{A}xfrm/{A}off")), None)
        offset = one.find(f"{P}xfrm/{A}off") if offset is None else offset
        if offset is not None:
            return _length(offset.get("y")), _length(offset.get("x"))
    return FAR, 0


def _length(text: str | None) -> int:
    try:
        return max(ROW - FAR, min(int(text or "0"), FAR)) if len(text or "") < 20 else 0
    except ValueError:
        return 0


def _family(kind: str) -> str:
    """Return the kind that a master has for it."""
    if kind in ("ctrTitle", "title"):
        return "title"
    return "body" if kind in ("obj", "body", "subTitle") else kind
