"""What a child says is believed only as far as an honest one could have said it."""

import json
import os
import struct

import pytest

from apps.documents.constants import MAX_TEXT_CHARS
from apps.documents.errors import ContentTooLarge, EncryptedFile, UnreadableFile
from apps.documents.ingest.confined import limits
from apps.documents.ingest.confined.errors import FalseFrame
from apps.documents.ingest.confined.frames import FrameBuffer, FrameWriter
from apps.documents.ingest.confined.messages import Assembly, End, Failed, Header, Moved
from apps.documents.ingest.types import Block, BlockKind, Page, WordBox
from apps.documents.types import Unit

HEADER = ["header", "Title", 3, "page"]
PAGE = ["page", 1, ""]
BLOCK = ["block", "paragraph", "some text", 0, None, 0]


def packed(data: bytes) -> bytes:
    return struct.pack("!I", len(data)) + data


def take_all(*frames):
    assembly = Assembly()
    return [message for frame in frames if (message := assembly.take(frame)) is not None]


def sent(page: Page) -> list:
    reading, writing = os.pipe()
    buffer = FrameBuffer()
    child = os.fork()
    if not child:
        try:
            FrameWriter(writing).write_page(page)
        finally:
            os._exit(0)
    os.close(writing)
    frames = []
    while data := os.read(reading, 1000):
        buffer.feed(data)
        while (frame := buffer.take()) is not None:
            frames.append(frame)
    os.close(reading)
    os.waitpid(child, 0)
    return frames


def test_a_page_of_any_size_arrives_whole_in_small_frames():
    text = "\U0001f600\x01" * 200_000
    words = tuple(WordBox(number, number + 1, number, 0.1, 0.2, 3.0, 4.5) for number in range(5000))
    page = Page(None, (Block(BlockKind.PARAGRAPH, text, words=words), Block(BlockKind.TABLE, "| a |", 0, (), (1, 2), 3)), "Sheet")
    frames = sent(page)
    assert len(frames) > 6
    assert take_all(HEADER, *frames)[1:] == [page]


def test_half_a_character_of_a_parser_does_not_end_the_reading():
    assert sent(Page(1, (Block(BlockKind.PARAGRAPH, "a\ud800b"),)))[1][2] == "a?b"


def test_an_honest_child_sends_no_frame_that_is_too_long(tmp_path):
    with (tmp_path / "out").open("wb") as out, pytest.raises(ValueError, match="too long"):
        FrameWriter(out.fileno()).write("header", "x" * limits.MAX_FRAME_BYTES)


def test_all_messages():
    messages = take_all(
        ["progress", 1, 0],
        HEADER,
        PAGE,
        BLOCK,
        ["text", " more"],
        ["words", [[0, 4, 0, 1, 2, 3, 4.5]]],
        ["page_end"],
        ["end", [2], ["Note."], [["a.txt", "1"]]],
    )
    block = Block(BlockKind.PARAGRAPH, "some text more", 0, (WordBox(0, 4, 0, 1.0, 2.0, 3.0, 4.5),))
    assert messages == [Moved(1, 0), Header("Title", 3, Unit.PAGE), Page(1, (block,)), End([2], ["Note."], [("a.txt", "1")])]


def test_a_mistake_is_told_by_its_places():
    assert take_all(["failed", "KeyError", ["pdf.py:12 <lambda>"]]) == [Failed("KeyError", ("pdf.py:12 <lambda>",))]


def test_a_refusal_is_raised_as_what_it_is():
    with pytest.raises(EncryptedFile, match="It is locked"):
        take_all(["refused", "encrypted", "It is locked."])


@pytest.mark.parametrize(
    "frames",
    [
        [["nothing"]],
        [["__init__"]],
        [["taken", "x"]],
        [["header"]],
        [["header", "Title", 3]],
        [["header", 5, 3, "page"]],
        [["header", "Title", -1, "page"]],
        [["header", "Title", True, "page"]],
        [["header", "Title", 1.5, "page"]],
        [["header", "Title", 10**10, "page"]],
        [["header", "Title", 3, "planet"]],
        [["header", "Title", 3, []]],
        [["header", "x" * (limits.MAX_TITLE_CHARS + 1), 3, "page"]],
        [["header", "half \ud800", 3, "page"]],
        [["header", "a\0b", 3, "page"]],
        [HEADER, HEADER],
        [PAGE],
        [HEADER, BLOCK],
        [HEADER, ["text", "x"]],
        [HEADER, PAGE, ["words", []]],
        [HEADER, ["page_end"]],
        [HEADER, PAGE, PAGE],
        [HEADER, PAGE, ["end", [], [], []]],
        [["end", [], [], []]],
        [HEADER, ["end", [], [], []], PAGE],
        [HEADER, ["end", [-1], [], []]],
        [HEADER, ["end", "x", [], []]],
        [HEADER, ["end", [], ["x"] * (limits.MAX_NOTES + 1), []]],
        [HEADER, ["end", [], [3], []]],
        [HEADER, ["end", [], [], [["name"]]]],
        [HEADER, ["end", [], [], [["name", {}]]]],
        [HEADER, PAGE, ["block", "novel", "x", 0, None, 0]],
        [HEADER, PAGE, ["block", "table", "x", 0, [1], 0]],
        [HEADER, PAGE, ["block", "table", "x", 0, [1, "2"], 0]],
        [HEADER, PAGE, ["block", "table", "x", 0, None, 2], ["page_end"]],
        [HEADER, PAGE, BLOCK, ["words", 5]],
        [HEADER, PAGE, BLOCK, ["words", [5]]],
        [HEADER, PAGE, BLOCK, ["words", [[0, 1, 0, 1, 2, 3]]]],
        [HEADER, PAGE, BLOCK, ["words", [[1, 0, 0, 1, 2, 3, 4]]]],
        [HEADER, PAGE, BLOCK, ["words", [[0, 1, 0, 1, 2, 3, float("nan")]]]],
        [HEADER, PAGE, BLOCK, ["words", [[0, 1, 0, 1, 2, 3, 10**400]]]],
        [HEADER, PAGE, BLOCK, ["words", [[0, 1, 0, 1, 2, 3, "4"]]]],
        [HEADER, PAGE, BLOCK, ["words", [[0, 10, 0, 1, 2, 3, 4]]], ["page_end"]],
        [["progress", "1", 2]],
        [["refused", "bored", "x"]],
        [["refused", "no_text", "x" * (limits.MAX_DETAIL_CHARS + 1)]],
        [["failed", "the words of the document", []]],
        [["failed", "KeyError", ["the words of the document"]]],
        [["failed", "KeyError", ["a.py:1 f"] * 9]],
    ],
)
def test_what_no_honest_child_says_is_not_taken(frames):
    with pytest.raises(FalseFrame):
        take_all(*frames)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"[5]", b"nothing", b"[NaN]", b'["x", Infinity]', b"[" * 100_000, b'["\xff"]', b"[" + b"1" * 5000 + b"]"])
def test_what_is_no_frame_is_not_taken(data):
    buffer = FrameBuffer()
    buffer.feed(packed(data))
    with pytest.raises(FalseFrame):
        buffer.take()


def test_a_frame_that_promises_too_much_is_refused_before_it_comes():
    buffer = FrameBuffer()
    buffer.feed(struct.pack("!I", limits.MAX_FRAME_BYTES + 1))
    with pytest.raises(FalseFrame, match="too long"):
        buffer.take()


def test_no_more_text_is_held_than_a_file_may_have():
    assembly = Assembly()
    for frame in (HEADER, PAGE, BLOCK, *[["text", "x" * 1_000_000]] * (MAX_TEXT_CHARS // 1_000_000 - 1)):
        assembly.take(frame)
    with pytest.raises(ContentTooLarge):
        assembly.take(["text", "x" * 1_000_000])


@pytest.mark.parametrize("limit", ["MAX_PARTS", "MAX_BLOCKS", "MAX_WORDS"])
def test_pages_blocks_and_words_are_counted(monkeypatch, limit):
    frames = (PAGE, BLOCK, ["words", [[0, 1, 0, 1, 2, 3, 4]]], ["page_end"])
    monkeypatch.setattr(limits, limit, 2)
    take_all(HEADER, *frames, *frames)
    with pytest.raises(ContentTooLarge):
        take_all(HEADER, *frames, *frames, *frames)


def test_words_of_one_page_are_counted(monkeypatch):
    words = ["words", [[0, 1, 0, 1, 2, 3, 4]] * 2]
    monkeypatch.setattr(limits, "MAX_PAGE_WORDS", 4)
    take_all(HEADER, *[PAGE, BLOCK, words, words, ["page_end"]] * 3)
    with pytest.raises(ContentTooLarge, match="words on one page"):
        take_all(HEADER, PAGE, BLOCK, words, BLOCK, words, words)


@pytest.mark.parametrize(
    "said",
    [
        packed(b"\x80\x04."),
        packed(json.dumps(["page", 1, ""]).encode()),
        packed(json.dumps(HEADER).encode()) + packed(json.dumps(BLOCK).encode()),
        packed(json.dumps(["end", [], [], []]).encode()),
        b"\xff\xff\xff\xff",
    ],
)
def test_a_child_that_lies_is_ended(read, is_empty, said):
    with pytest.raises(UnreadableFile, match="reading it crashed"):
        list(read("lie", said.hex()).pages)
    assert is_empty()


def test_a_child_that_shouts_is_ended(read, is_empty):
    with pytest.raises(UnreadableFile):
        read("shout")
    assert is_empty()
