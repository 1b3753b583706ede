"""Pictures: PNG, JPEG and TIFF by text recognition, each frame of a TIFF a page.

The size is known before a pixel is unpacked, and refused where it is too much. Words keep their boxes: a pixel of
the upright picture is a point, counted from the lower left corner as on a PDF page.
"""

import struct
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING

from apps.documents.constants import IMAGE_PIXELS_MAX, MAX_PAGES, OCR_PIXELS_MAX
from apps.documents.errors import ContentTooLarge, NoText, UnreadableFile
from apps.documents.ingest.limits import check_pages, check_text
from apps.documents.ingest.ocr import OcrFailed, Picture, read_picture
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.parsers.pdf_lines import Box
from apps.documents.ingest.parsers.scan import Placing, scan_blocks, scan_paragraphs
from apps.documents.ingest.types import Block, Page, Parsed, Progress
from apps.documents.types import Unit

if TYPE_CHECKING:
    from PIL.Image import Image

_FORMATS = ("PNG", "JPEG", "TIFF")
_BROKEN = "This picture is broken or incomplete: it cannot be opened."
_NO_OCR = (
    "This picture can only be read by text recognition (OCR), which is not installed here: whoever runs Quire can install Tesseract. "
    "Or upload a document with text."
)
_DPI = 300
_SIDE_MAX = 30_000
# Small pictures are enlarged: Tesseract wants letters of twenty pixels and more.
_SMALL_PIXELS = 1_000_000
_ENLARGED = 2.0


class ImageParser:
    name = "image"
    version = 1

    def parse(self, path: Path, progress: Progress, desk: Desk = BARE) -> Parsed:
        with _reading(), _open(path) as image:
            frames = _count_frames(image)
        check_pages(frames)
        if not desk.ocr_languages:
            raise NoText(_NO_OCR)
        parsed = Parsed(title="", pages=(), page_count=frames, unit=Unit.PAGE)
        parsed.pages = _pages(path, parsed, progress, desk)
        return parsed


@contextmanager
def _reading() -> Iterator[None]:
    """Say in our words what Pillow finds wrong with a picture."""
    from PIL import Image, UnidentifiedImageError

    try:
        # What is odd about a picture is for nobody's log; its size is checked below.
        with warnings.catch_warnings(action="ignore"):
            yield
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except (UnidentifiedImageError, OSError, SyntaxError, EOFError, ValueError, TypeError, LookupError, ArithmeticError, struct.error) as error:
        # Pillow's ways to say that the bytes are not what their head promises.
        raise UnreadableFile(_BROKEN) from error


def _open(path: Path) -> "Image":
    from PIL import Image

    image = Image.open(path, formats=_FORMATS)
    _check_size(image)
    return image


def _count_frames(image: "Image") -> int:
    """Count up to one more than are read: asking Pillow for all would take the square of a long list's time."""
    if image.format != "TIFF":
        return 1
    for frame in range(1, MAX_PAGES + 1):
        try:
            image.seek(frame)
        except EOFError:
            return frame
    return MAX_PAGES + 1


def _check_size(image: "Image") -> None:
    if image.width * image.height > IMAGE_PIXELS_MAX:
        raise _too_large()


def _too_large() -> ContentTooLarge:
    return ContentTooLarge(f"This picture has more than {IMAGE_PIXELS_MAX // 1_000_000} million pixels. Make it smaller and upload it again.")


def _pages(path: Path, parsed: Parsed, progress: Progress, desk: Desk) -> Iterator[Page]:
    total = parsed.page_count or 1
    chars = 0
    with _reading():
        image = _open(path)
    with image:
        for index in range(total):
            alive = partial(progress, index, total)
            alive()
            blocks = _blocks(image, index, desk, alive)
            progress(index + 1, total)
            if blocks is None:
                parsed.unread_pages.append(index + 1)
            elif blocks:
                page = Page(index + 1, blocks)
                chars += len(page.text)
                check_text(chars)
                yield page
    if not chars:
        raise NoText("Text recognition (OCR) could not read this picture." if parsed.unread_pages else "Text recognition (OCR) found no words in this picture.")


def _blocks(image: "Image", index: int, desk: Desk, alive: Callable[[], None]) -> tuple[Block, ...] | None:
    """Return what a frame says; None where text recognition had no answer."""
    with _reading():
        image.seek(index)
        _check_size(image)
        picture, place = _picture(image)
    try:
        words = read_picture(picture, desk.ocr_languages, alive)
    except OcrFailed:
        return None
    return scan_blocks(scan_paragraphs(words, place))


def _picture(image: "Image") -> tuple[Picture, Placing]:
    """Return the frame upright, in grey, at a size that text recognition likes; and the way back to its own pixels."""
    from PIL import ImageOps

    own_width = image.width
    if image.width * image.height > OCR_PIXELS_MAX:
        # A JPEG can be unpacked at half or a quarter of its size. Other formats ignore this.
        image.draft("L", (image.width // 2, image.height // 2))
    reduced = own_width / image.width
    grey = ImageOps.exif_transpose(_on_white(image))
    width, height = grey.size
    scale = _scale(width, height)
    if scale != 1.0:
        grey = grey.resize((max(1, int(width * scale)), max(1, int(height * scale))))

    def place(box: Box) -> Box:
        x0, y0, x1, y1 = (value * reduced / scale for value in box)
        return x0, height * reduced - y1, x1, height * reduced - y0

    return Picture(grey.width, grey.height, grey.tobytes(), _DPI), place


def _on_white(image: "Image") -> "Image":
    """Return the picture in grey; what shines through is paper, and sixteen bits of light are eight."""
    from PIL import Image

    if image.mode.startswith("I;16"):
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if "A" in image.getbands() or "transparency" in image.info:
        shown = image.convert("RGBA")
        paper = Image.new("RGBA", shown.size, "white")
        paper.alpha_composite(shown)
        grey = paper.convert("L")
        grey.info["exif"] = image.info.get("exif", b"")
        return grey
    return image.convert("L")


def _scale(width: int, height: int) -> float:
    pixels = width * height
    if pixels < _SMALL_PIXELS:
        return min(_ENLARGED, _SIDE_MAX / max(width, height))
    return min(1.0, sqrt(OCR_PIXELS_MAX / pixels) * 0.999, _SIDE_MAX / max(width, height))
