"""Events out of bytes, wherever they are cut."""

import pytest

from apps.gateway.providers.sse import EVENT_BYTES, EventParser


def read(*pieces):
    parser = EventParser()
    return [event for piece in pieces for event in parser.feed(piece)] + parser.end()


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: one\n\ndata: two\n\n", [b"one", b"two"]),
        (b"data: one\r\n\r\ndata: two\r\n\r\n", [b"one", b"two"]),
        (b"data: one\r\rdata: two\r\r", [b"one", b"two"]),
        (b"data:one\n\n", [b"one"]),
        (b"data:  one\n\n", [b" one"]),
        (b"data: one\ndata: two\n\n", [b"one\ntwo"]),
        (b"\xef\xbb\xbfdata: one\n\n", [b"one"]),
        (b": keep-alive\n\ndata: one\n: and on\n\n", [b"one"]),
        (b"event: message\nid: 7\nretry: 10\ndata: one\n\n", [b"one"]),
        (b"data\n\ndata:\n\ndatabase: no\n\n", []),
        (b"data: one\n\ndata: two", [b"one", b"two"]),
        (b"data: one\n\ndata: two\n", [b"one", b"two"]),
        (b"\n\n\n\n", []),
        (b"", []),
        ("data: Größe 漢字 🙂\n\n".encode(), ["Größe 漢字 🙂".encode()]),
    ],
)
def test_events_are_the_same_at_whatever_byte_they_are_cut(stream, events):
    assert read(stream) == events
    assert all(read(stream[:at], stream[at:]) == events for at in range(len(stream) + 1))
    assert read(*(stream[at : at + 1] for at in range(len(stream)))) == events


def test_an_event_comes_as_soon_as_its_last_line_break_is_there():
    parser = EventParser()
    assert parser.feed(b"data: one\r\n\r") == [b"one"]
    assert parser.feed(b"\ndata: two\n\n") == [b"two"]


@pytest.mark.parametrize("piece", [b"x" * 1024, b"data: " + b"x" * 1024 + b"\n"])
def test_an_event_without_an_end_is_refused(piece):
    parser = EventParser()
    with pytest.raises(ValueError, match="too long"):
        [parser.feed(piece) for _ in range(EVENT_BYTES // 1024 + 1)]


def test_many_events_are_no_long_one():
    parser = EventParser()
    assert sum(len(parser.feed(b"data: " + b"x" * 1024 + b"\n\n")) for _ in range(2 * EVENT_BYTES // 1024)) == 2048
