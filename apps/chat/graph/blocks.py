"""Where a Markdown text that is still being written can be cut: between blocks that nothing later can change."""

import re

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_LIST_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])[ \t]")
_MAYBE_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)]?)?")
_INDENTED = re.compile(r"[ \t]+\S")


def finished_length(text: str) -> int:
    """How much of the start of `text` is finished blocks.

    A block is finished by a blank line and the first characters of what follows it; an open code fence or a
    list that may go on (its next line is an item, or indented) is not finished.
    """
    cut = at = 0
    fence = ""
    is_after_blank = is_list = False
    for line in text.splitlines(keepends=True):
        is_blank = not line.strip()
        marker = _FENCE.match(line)
        if fence:
            if marker and marker[1].startswith(fence):
                fence = ""
        elif not is_blank:
            if is_after_blank and _starts_block(line, is_list=is_list):
                cut, is_list = at, False
            is_list = is_list or bool(_LIST_ITEM.match(line))
            fence = marker[1] if marker else ""
        is_after_blank = is_blank and not fence
        at += len(line)
    return cut


def _starts_block(line: str, *, is_list: bool) -> bool:
    if not is_list:
        return True
    return not (_LIST_ITEM.match(line) or _INDENTED.match(line) or _MAYBE_ITEM.fullmatch(line))
