"""Where in Markdown a fenced code block can begin and end for sure, whatever renders it.

Code is left alone by the links guard, so what it takes for code has to be code for every renderer. Where two of them would differ (a fence
in a quotation, in raw HTML, in a formula, or whose list may have ended) nothing is taken for code any more in the rest of the text.
"""

import re

# Renderers draw these instead of showing them.
_DRAWN = re.compile(
    r"(?:mermaid|math|katex|plantuml|puml|dot|graphviz|vega|smiles|abc|markmap|echarts|d2|wavedrom|geojson|topojson|stl)(?![a-z])",
)
_LIST_ITEM = re.compile(r"(?:[-*+]|(\d{1,9})[.)])( {1,4})(?=\S)")
_ONLY_CONTAINERS = re.compile(r"[\s>*+\-\d.)(:|\[\]xX]*")
HEAD = 24


class Lines:
    """What is known of the lines so far. `is_sure` False: nothing is code any more."""

    def __init__(self) -> None:
        self.is_sure = True
        self.fence = ""
        # Within a formula or raw HTML a fence is none for some.
        self.has_math = False
        self.has_html = False
        self.indent = 0
        self.head = ""
        self._fence_indent = 0
        # How far the text of each open list item is indented.
        self._lists: list[int] = []
        self._was_blank = True

    def add_indent(self, character: str) -> None:
        self.indent += 4 - self.indent % 4 if character == "\t" else 1

    def end(self, *, is_blank: bool) -> None:
        """A line outside code is over."""
        if not is_blank:
            self._note_list()
        else:
            self.has_html = False
        self._was_blank = is_blank
        self.indent, self.head = 0, ""

    def open_fence(self, run: str, info: str) -> bool:
        """Whether the line that begins so opens a block of code. What may do so, or may not, ends all certainty."""
        if not self.is_sure:
            return False
        is_drawn = _DRAWN.match(info.strip().lower().lstrip("{. ")) is not None
        while self._lists and self.indent < self._lists[-1]:
            self._lists.pop()
        is_placed = self.indent <= 3 or bool(self._lists and self.indent <= self._lists[-1] + 3)
        # With a bar it may be the first row of a table.
        if is_drawn or not is_placed or self.has_math or self.has_html or "|" in info:
            self.is_sure = False
            return False
        self.fence, self._fence_indent = run, self.indent
        return True

    def leaves_fence(self) -> bool:
        """Whether a line of code is indented less than the block's first: a list item may be over, and the block with it."""
        if self.indent >= self._fence_indent:
            return False
        self.fence, self.is_sure = "", False
        return True

    def close_fence(self, run: str) -> bool:
        """Whether a line that is nothing but `run` closes the block."""
        if run[0] != self.fence[0] or len(run) < len(self.fence):
            return False
        base = self._lists[-1] if self._lists and self._lists[-1] <= self._fence_indent else 0
        if self.indent - base > 3:
            if base:
                self.fence, self.is_sure = "", False
            return False
        self.is_sure = self.is_sure and (self.indent <= 3 or self._fence_indent > 3)
        self.fence, self._was_blank, self.has_html = "", True, False
        self.indent, self.head = 0, ""
        return True

    def is_in_container(self) -> bool:
        """Whether nothing but marks of lists and quotations stands before this place on its line."""
        return _ONLY_CONTAINERS.fullmatch(self.head) is not None

    def _note_list(self) -> None:
        while self._lists and self.indent < self._lists[-1]:
            self._lists.pop()
        item = _LIST_ITEM.match(self.head)
        if item is None or self.indent > (self._lists[-1] if self._lists else 0) + 3:
            return
        # A number other than 1 begins no list in the middle of a paragraph.
        if item[1] in (None, "1") or self._was_blank or self._lists:
            self._lists.append(self.indent + item.end())
