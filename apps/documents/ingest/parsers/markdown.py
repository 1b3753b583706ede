"""Markdown: markdown-it's tokens become blocks; what is shown stays, the markup goes.

A long text is read in pieces that begin at headings: its tokens would take a hundred times its length of memory.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from apps.documents.errors import EmptyFile, FileRefused
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.parsers.html_tree import parse_tree
from apps.documents.ingest.parsers.html_walk import read_blocks
from apps.documents.ingest.parsers.plain import read_text
from apps.documents.ingest.tables import table_blocks
from apps.documents.ingest.text import clean_text, flow, lines_of
from apps.documents.ingest.types import Block, BlockKind, Page, Parsed, Progress

_FRONT_MATTER = re.compile(r"\A(?:---|\+\+\+)[ \t]*\n(.*?)\n(?:---|\+\+\+|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
# Else it is a text between two lines.
_FRONT_LINE = re.compile(r"\s*(?:#|[\"']?[\w.-]+[\"']?[ \t]*[:=])")
_FRONT_TITLE = re.compile(r"^title[ \t]*[:=][ \t]*(.+?)[ \t]*$", re.MULTILINE | re.IGNORECASE)
# Neither looks further than the next tag: thousands of unclosed ones are read once.
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|</?[a-zA-Z][^<>]*>", re.DOTALL)
# A footnote of one word would be taken for the target of a link, which is not shown.
_FOOTNOTE = re.compile(r"^( {0,3})(\[\^[^\]\n]+\]:)", re.MULTILINE)
_HEADING_MARKS = re.compile(r"\s*\{[#.][^{}]*\}$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_PIECE_CHARS = 200_000
_NO_WORDS = re.compile(r"<(?:script|style|template|svg|head)\b|\bhidden\b", re.IGNORECASE)
_BR = re.compile(r"<br\s*/?>", re.IGNORECASE)
_LISTS = ("bullet_list_open", "ordered_list_open")


class MarkdownParser:
    name = "markdown"
    version = 2

    def parse(self, path: Path, progress: Progress, desk: Desk = BARE) -> Parsed:
        text = read_text(path)
        front = _FRONT_MATTER.match(text)
        title = ""
        if front is not None and _FRONT_LINE.match(front[1]):
            text = text[front.end() :]
            named = _FRONT_TITLE.search(front[1])
            title = flow(named[1].strip("\"'")) if named else ""
        text = clean_text(text)
        blocks: list[Block] = []
        done = 0
        for piece in pieces(text):
            blocks.extend(_Blocks().read(_tokens(piece)))
            done += len(piece)
            progress(done, len(text))
        if not blocks:
            raise EmptyFile("There is no text in this file.")
        first = next((b for b in blocks if b.kind == BlockKind.HEADING and b.level == 1), None)
        return Parsed(title=title or (first.text if first else ""), pages=[Page(None, tuple(blocks))])


def pieces(text: str) -> Iterator[str]:
    """Yield the text in pieces of some length, each but the first from a heading on; code is not cut."""
    fence = ""
    piece: list[str] = []
    size = 0
    for line in text.splitlines(keepends=True):
        mark = _FENCE.match(line)
        if mark is not None and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        if size > _PIECE_CHARS and not fence and line.startswith("#"):
            yield "".join(piece)
            piece, size = [], 0
        piece.append(line)
        size += len(line)
    yield "".join(piece)


def _tokens(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(_FOOTNOTE.sub(r"\1\\\2", text))


class _Blocks:
    """Walks the tokens once, knowing how deep in lists it is and whether in a table."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._depth = 0
        self._is_item_start = False
        self._rows: list[list[str]] = []
        self._in_table = False

    def read(self, tokens: list[Token]) -> list[Block]:
        heading = 0
        markup: list[str] = []
        for token in tokens:
            if token.type == "html_block":
                # One that has blank lines in it comes in pieces.
                markup.append(token.content)
                continue
            if markup:
                self._html("\n".join(markup))
                markup = []
            if token.type == "heading_open":
                heading = int(token.tag[1:])
            elif token.type == "inline":
                self._inline(token, heading)
                heading = 0
            elif token.type in ("fence", "code_block"):
                self._add(BlockKind.CODE, lines_of(token.content))
            else:
                self._structure(token)
        if markup:
            self._html("\n".join(markup))
        return self.blocks

    def _html(self, markup: str) -> None:
        try:
            found = read_blocks(parse_tree(markup))
        except FileRefused:
            found = []
        self.blocks.extend(found)
        if not found and not _NO_WORDS.search(markup):
            # What only begins like HTML is read as the words that it is.
            self._add(BlockKind.PARAGRAPH, flow(_TAG.sub(" ", markup)))

    def _structure(self, token: Token) -> None:
        if token.type in _LISTS:
            self._depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self._depth -= 1
        elif token.type == "list_item_open":
            self._is_item_start = True
        elif token.type == "table_open":
            self._in_table, self._rows = True, []
        elif token.type == "tr_open":
            self._rows.append([])
        elif token.type == "table_close":
            self._in_table = False
            self.blocks.extend(table_blocks(self._rows))

    def _inline(self, token: Token, heading: int) -> None:
        text = inline_text(token)
        if self._in_table:
            self._rows[-1].append(flow(text))
        elif heading:
            self._add(BlockKind.HEADING, _HEADING_MARKS.sub("", flow(text)), heading)
        elif self._depth and self._is_item_start:
            self._is_item_start = False
            self._add(BlockKind.LIST_ITEM, text, self._depth)
        else:
            self._add(BlockKind.PARAGRAPH, text)

    def _add(self, kind: BlockKind, text: str, level: int = 0) -> None:
        if text.strip():
            self.blocks.append(Block(kind, text, level))


def inline_text(token: Token) -> str:
    """Return what a reader sees of an inline token: hard breaks as line ends, soft as spaces."""
    parts: list[str] = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type == "html_inline" and _BR.fullmatch(child.content):
            parts.append("\n")
        elif child.type == "softbreak":
            parts.append(" ")
        elif child.type == "hardbreak":
            parts.append("\n")
        elif child.type == "image":
            parts.append(child.content)
    lines = "".join(parts).split("\n")
    return "\n".join(line for line in (flow(line) for line in lines) if line)
