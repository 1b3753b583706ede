"""Text recognition by Tesseract, as a program of its own: nothing of it is loaded into this process.

The picture goes in through a pipe and the words come out through another, so no file is written. No shell, an
environment of our own, a fixed limit of pixels and of time. One thread: the machine has other documents to read.
"""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from apps.documents.constants import OCR_PAGE_SECONDS, OCR_PIXELS_MAX
from apps.documents.ingest.text import flow

_LIST_SECONDS = 10
_ENVIRONMENT = {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"}
# With the direction of the page found first; where that is not installed, Tesseract goes on without.
_LAYOUT = "1"
_WORD, _LINE = "5", "4"
_COLUMNS = 12
_CONFIDENCE_MIN = 30.0
# Below this on average, the page may stand on its side: too few letters to tell the direction from.
_DOUBTFUL = 65.0
_SIDE_MAX = 30_000


class OcrFailed(Exception):
    """Text recognition is not here, took too long, or could not read the picture."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Grey pixels, row by row from the top."""

    width: int
    height: int
    pixels: bytes
    dpi: int = 300


class Seen(NamedTuple):
    """A word and its box in pixels from the upper left corner; which paragraph and line it is in, and the line's height."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    paragraph: tuple[str, str]
    line: str
    height: float
    confidence: float


def find_program() -> str | None:
    """Return the absolute path of Tesseract, None where it is not installed."""
    found = shutil.which("tesseract")
    return str(Path(found).resolve()) if found else None


@lru_cache(maxsize=1)
def find_languages() -> tuple[str, ...]:
    """Return the languages that Tesseract can read here; none where it is not installed. Asked once a process."""
    program = find_program()
    if program is None:
        return ()
    try:
        listed = _run([program, "--list-langs"], b"", _LIST_SECONDS)
    except OcrFailed:
        return ()
    # The first line says where they lie; "osd" finds a page's direction and reads no words.
    return tuple(sorted(name for name in listed.split()[listed.split("\n", 1)[0].count(" ") + 1 :] if name != "osd"))


def usable_languages(wanted: str) -> str:
    """Return those of the languages (joined by "+") that are installed, in their order."""
    installed = find_languages()
    return "+".join(name for name in wanted.split("+") if name in installed)


def read_picture(picture: Picture, languages: str, alive: Callable[[], None]) -> list[Seen]:
    """Return the words of a picture in reading order. `alive` is called between the steps; raises `OcrFailed`."""
    if picture.width * picture.height > OCR_PIXELS_MAX or max(picture.width, picture.height) > _SIDE_MAX:
        raise OcrFailed("The picture is too large.")
    until = monotonic() + OCR_PAGE_SECONDS
    words = _read(picture, languages, until)
    if words and _confidence(words) < _DOUBTFUL:
        alive()
        words = max([words, *_turned(picture, languages, until)], key=_weight)
    return [word for word in words if word.confidence >= _CONFIDENCE_MIN]


def _turned(picture: Picture, languages: str, until: float) -> list[list[Seen]]:
    """Read the picture on its other three sides, as far as there is time."""
    found: list[list[Seen]] = []
    for quarters in (1, 3, 2):
        try:
            words = _read(_turn(picture, quarters), languages, until)
        except OcrFailed:
            break
        found.append([_turn_word(word, quarters, picture) for word in words])
    return found


def _turn(picture: Picture, quarters: int) -> Picture:
    """Turn a picture against the clock."""
    from PIL import Image

    image = Image.frombytes("L", (picture.width, picture.height), picture.pixels)
    turned = image.transpose([Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270][quarters - 1])
    return Picture(turned.width, turned.height, turned.tobytes(), picture.dpi)


def _turn_word(word: Seen, quarters: int, picture: Picture) -> Seen:
    """Return a word's box as it stands in the picture before it was turned."""
    width, height = picture.width, picture.height
    if quarters == 1:
        return word._replace(x0=width - word.y1, y0=word.x0, x1=width - word.y0, y1=word.x1)
    if quarters == 2:
        return word._replace(x0=width - word.x1, y0=height - word.y1, x1=width - word.x0, y1=height - word.y0)
    return word._replace(x0=word.y0, y0=height - word.x1, x1=word.y1, y1=height - word.x0)


def _read(picture: Picture, languages: str, until: float) -> list[Seen]:
    program = find_program()
    if program is None:
        raise OcrFailed("Tesseract is not installed.")
    head = b"P5\n%d %d\n255\n" % (picture.width, picture.height)
    command = [program, "stdin", "stdout", "-l", languages, "--psm", _LAYOUT, "--dpi", str(picture.dpi), "tsv"]
    return _words(_run(command, head + picture.pixels, until - monotonic()))


def _run(command: Sequence[str], data: bytes, seconds: float) -> str:
    if seconds <= 0:
        raise OcrFailed("There is no time left.")
    answer = run_program(command, data, seconds)
    if answer is None:
        raise OcrFailed("Tesseract gave no answer.")
    return answer.decode("utf-8", "replace")


def run_program(command: Sequence[str], data: bytes, seconds: float, prepare: Callable[[], None] | None = None) -> bytes | None:
    """Return what the program says of `data`; None where it fails or takes too long. `prepare` is called in its process before it starts."""
    try:
        # The program is ours to choose, and no word of the command comes from a file.
        done = subprocess.run(  # noqa: S603
            command,
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            env=_ENVIRONMENT,
            cwd="/",
            check=True,
            preexec_fn=prepare,
        )
    except (subprocess.SubprocessError, OSError):
        return None
    return done.stdout


def _words(table: str) -> list[Seen]:
    """Read Tesseract's table: level, page, block, paragraph, line, word, left, top, width, height, confidence, text."""
    words: list[Seen] = []
    height = 0.0
    for row in table.splitlines():
        cells = row.split("\t", _COLUMNS - 1)
        if len(cells) != _COLUMNS:
            continue
        level, _page, block, paragraph, line, _word, *numbers, text = cells
        if level == _LINE:
            height = min(float(numbers[2]), float(numbers[3]))
        text = flow(text)
        if level != _WORD or not text:
            continue
        left, top, width, tall, confidence = map(float, numbers)
        words.append(Seen(text, left, top, left + width, top + tall, (block, paragraph), line, height, confidence))
    return words


def _weight(words: Sequence[Seen]) -> float:
    return sum((word.confidence - _CONFIDENCE_MIN) * len(word.text) for word in words)


def _confidence(words: Sequence[Seen]) -> float:
    letters = sum(len(word.text) for word in words)
    return sum(word.confidence * len(word.text) for word in words) / letters
