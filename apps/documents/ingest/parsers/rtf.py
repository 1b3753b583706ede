"""RTF: what Word, WordPad and old mail programs write.

The reader keeps what a plain-text converter loses: headings, numbers of lists, tables, notes, text boxes. Pictures,
embedded files, headers, footers, comments and deleted or hidden text are left out.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from apps.documents.errors import ContentTooLarge, EmptyFile, UnreadableFile
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.parsers.remarks import embedded_note
from apps.documents.ingest.parsers.rtf_blocks import Builder, Format
from apps.documents.ingest.parsers.rtf_tokens import Sort, Token, charset_codec, page_codec, read_tokens
from apps.documents.ingest.types import Block, Page, Parsed, Progress

_DEPTH_MAX = 5000
_PULSE_TOKENS = 100_000
_UC_MAX = 100
_NOTES_DEPTH_MAX = 10
_NAME_CHARS_MAX = 200
_SKIPPED_NAMES = """colortbl filetbl listtable listoverridetable revtbl rsidtbl generator info pict header headerl headerr headerf
    footer footerl footerr footerf fldinst objclass objname objdata objalias objsect objtime annotation atnid atnauthor
    atntime atndate atnref atnicn atnparent bkmkstart bkmkend shprslt sp pnseclvl tc tcn xe template themedata datastore
    colorschememapping latentstyles nonesttables ud mmathPr xmlnstbl fontemb fontfile ftnsep ftnsepc ftncn aftnsep aftnsepc
    aftncn background private do nextfile txe rxe userprops password passwordhash"""
_SKIPPED = frozenset(_SKIPPED_NAMES.split())
# Marked as to be skipped by who does not know them; these are known.
_KNOWN = frozenset(["shpinst", "shptxt", "listtext", "pntext", "footnote", "shpgrp", "result"])
_TEXTS = {
    "line": "\n",
    "tab": "\t",
    "nestcell": " ",
    "nestrow": " ",
    "emdash": "\u2014",
    "endash": "\u2013",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
    "bullet": "\u2022",
    "lquote": "\u2018",
    "rquote": "\u2019",
    "ldblquote": "\u201c",
    "rdblquote": "\u201d",
}
_SIGNS = {"~": "\u00a0", "_": "-", "{": "{", "}": "}", "\\": "\\"}


class RtfParser:
    name = "rtf"
    version = 1

    def parse(self, path: Path, progress: Progress, desk: Desk = BARE) -> Parsed:
        reader = RtfReader(path.read_bytes(), lambda: progress(0, 1))
        blocks = reader.read()
        if not blocks:
            raise EmptyFile("There is no text in this RTF file.")
        progress(1, 1)
        notes = embedded_note(reader.embedded)
        if not reader.is_whole:
            notes.append("The end of this file is missing; what there is was read.")
        return Parsed(reader.title, [Page(None, blocks)], notes=notes)


@dataclass(slots=True)
class _Group:
    """What holds inside a pair of braces."""

    # "text", "skip", "label", "fonts" or "styles".
    mode: str = "text"
    codec: str = "cp1252"
    # So many letters stand in for one that is given by its number.
    uc: int = 1
    is_hidden: bool = False
    is_deleted: bool = False
    is_new: bool = True
    is_optional: bool = False
    # Ends with a note, whose text was collected apart.
    is_note: bool = False


class RtfReader:
    def __init__(self, data: bytes, pulse: Callable[[], None] = lambda: None) -> None:
        self.embedded = 0
        self.is_whole = False
        self._data = data
        self._pulse = pulse
        self._group = _Group()
        self._stack: list[_Group] = []
        self._form = Format()
        self._outer: list[tuple[Builder, Format]] = []
        self._builder = Builder()
        self._codec = "cp1252"
        self._fonts: dict[int, str] = {}
        self._default_font = 0
        self._font = 0
        self._style = 0
        self._pending = bytearray()
        self._skip = 0

    @property
    def title(self) -> str:
        return self._builder.title

    def read(self) -> tuple[Block, ...]:
        """Return the document's blocks; refuse what is no RTF."""
        if not self._data.lstrip()[:5].lower().startswith(b"{\\rt"):
            raise UnreadableFile("This file is not RTF that can be read.")
        for count, token in enumerate(read_tokens(self._data), 1):
            if count % _PULSE_TOKENS == 0:
                self._pulse()
            self._take(token)
            if token.sort == Sort.CLOSE and not self._stack:
                self.is_whole = True
                break
        self._flush()
        while self._outer:
            self._end_note()
        self._builder.finish(self._form)
        return tuple(self._builder.blocks)

    def _take(self, token: Token) -> None:
        if token.sort == Sort.BYTES:
            self._take_bytes(token.data)
            return
        self._flush()
        if token.sort == Sort.OPEN:
            self._open()
        elif token.sort == Sort.CLOSE:
            self._close()
        elif token.sort == Sort.WORD:
            self._word(token.word, token.number)
            self._group.is_new = False
        elif token.word == "*":
            self._group.is_optional = True
        else:
            self._sign(token.word)

    def _take_bytes(self, data: bytes) -> None:
        self._group.is_new = False
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
        if self._group.mode != "skip":
            self._pending += data

    def _flush(self) -> None:
        if not self._pending:
            return
        text = self._pending.decode(self._group.codec, "replace")
        self._pending.clear()
        if self._group.mode == "styles":
            names = self._builder.styles
            known = names.get(self._style, "")
            names[self._style] = (known + text).partition(";")[0].strip().lower() if len(known) < _NAME_CHARS_MAX else known
        elif self._group.mode in ("text", "label"):
            self._add(text)

    def _add(self, text: str) -> None:
        if not (self._group.is_hidden or self._group.is_deleted):
            self._builder.add(text, is_label=self._group.mode == "label")

    def _open(self) -> None:
        if len(self._stack) >= _DEPTH_MAX:
            raise ContentTooLarge("The parts of this file are nested too deeply to be read.")
        self._skip = 0
        self._stack.append(self._group)
        self._group = replace(self._group, is_new=True, is_optional=False, is_note=False)
        self._style = 0

    def _close(self) -> None:
        self._skip = 0
        if self._group.is_note:
            self._end_note()
        if self._stack:
            self._group = self._stack.pop()

    def _end_note(self) -> None:
        self._builder.finish(self._form)
        note = self._builder
        self._builder, self._form = self._outer.pop()
        self._builder.notes.append(note.flat())
        self._builder.chars = note.chars

    def _sign(self, sign: str) -> None:
        self._group.is_new = False
        if self._skip:
            self._skip -= 1
        elif self._group.mode in ("text", "label"):
            if sign in "\r\n":
                self._builder.end_paragraph(self._form)
            elif sign in _SIGNS:
                self._add(_SIGNS[sign])

    def _word(self, word: str, number: int | None) -> None:
        if self._group.is_new and self._begins_destination(word):
            return
        if self._group.mode == "skip":
            return
        if word == "u":
            self._unicode(number)
        elif self._group.mode in ("fonts", "styles"):
            self._define(word, number)
        elif word in _TEXTS:
            self._add(_TEXTS[word])
        elif not self._structure(word) and not self._paragraph(word, number):
            self._character(word, number)

    def _begins_destination(self, word: str) -> bool:
        """Say whether the group's first word makes it something else than text of its place."""
        group = self._group
        if group.mode == "skip":
            return True
        if word == "objdata":
            self.embedded += 1
        if word in _SKIPPED or (group.is_optional and word not in _KNOWN):
            group.mode = "skip"
        elif word in ("listtext", "pntext"):
            group.mode = "label"
        elif word in ("fonttbl", "stylesheet"):
            group.mode = "fonts" if word == "fonttbl" else "styles"
        elif word in ("footnote", "shptxt") and len(self._outer) < _NOTES_DEPTH_MAX:
            group.is_note = True
            self._outer.append((self._builder, self._form))
            self._builder = Builder(styles=self._builder.styles, chars=self._builder.chars)
            self._form = Format()
        else:
            return False
        return True

    def _unicode(self, number: int | None) -> None:
        if number is not None and -0x10000 < number < 0x10000 and self._group.mode in ("text", "label"):
            self._add(chr(number % 0x10000))
        self._skip = self._group.uc

    def _define(self, word: str, number: int | None) -> None:
        if self._group.mode == "styles" and word in ("s", "cs", "ds", "ts"):
            # Styles of letters and tables share the numbers, but not the names that matter.
            self._style = (number or 0) if word == "s" else -1
        elif word == "f":
            self._font = number or 0
        elif word == "fcharset":
            self._fonts[self._font] = charset_codec(number, self._codec)
            if self._font == self._default_font and len(self._stack) > 1:
                # The first pair of braces holds the document.
                self._stack[1].codec = self._fonts[self._font]

    def _structure(self, word: str) -> bool:
        if word in ("par", "sect", "page"):
            self._builder.end_paragraph(self._form)
        elif word == "cell":
            self._builder.end_cell()
        elif word == "row":
            self._builder.end_row()
        else:
            return False
        return True

    def _paragraph(self, word: str, number: int | None) -> bool:
        form = self._form
        if word == "pard":
            self._form = Format()
        elif word == "intbl":
            form.in_table = True
        elif word == "s":
            form.style = number or 0
        elif word == "outlinelevel":
            form.outline = max(0, number or 0)
        elif word == "ls":
            form.list_id = number or 0
        elif word == "ilvl":
            form.list_level = min(max(0, number or 0), 8)
        else:
            return False
        return True

    def _character(self, word: str, number: int | None) -> None:
        group = self._group
        if word == "uc":
            group.uc = min(max(0, 1 if number is None else number), _UC_MAX)
        elif word == "f":
            group.codec = self._fonts.get(number or 0, self._codec)
        elif word == "plain":
            group.is_hidden = group.is_deleted = False
            group.codec = self._fonts.get(self._default_font, self._codec)
        elif word == "v":
            group.is_hidden = number != 0
        elif word == "deleted":
            group.is_deleted = number != 0
        elif word == "deff":
            self._default_font = number or 0
        elif word in ("ansicpg", "mac", "pc", "pca"):
            self._codec = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}.get(word) or page_codec(number)
            group.codec = self._codec
