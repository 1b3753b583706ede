"""Where an answer of HTTP/1.1 ends, wherever it is cut."""

import pytest

from apps.gateway.providers.http.framing import HEAD_BYTES, AnswerParser

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"


def read(*pieces, is_closed=False):
    parser = AnswerParser()
    body = b"".join([parser.feed(piece) for piece in pieces])
    if is_closed:
        parser.end()
    return parser, body


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (SIZED + b"hello", b"hello"),
        (CHUNKED + b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", b"hello!"),
        (CHUNKED + b"5;a=b\r\nhel\r\n\r\n00000A\r\n0123456789\r\n0\r\nTrailer: yes\r\n\r\n", b"hel\r\n0123456789"),
        (CHUNKED + b"0\r\n\r\n", b""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + SIZED + b"hello", b"hello"),
        (b"HTTP/1.1 200\r\ncontent-length:0\r\n\r\n", b""),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    ],
)
def test_an_answer_is_the_same_at_whatever_byte_it_is_cut(answer, body):
    for pieces in [[answer], *([answer[:at], answer[at:]] for at in range(1, len(answer))), [answer[at : at + 1] for at in range(len(answer))]]:
        parser, found = read(*pieces)
        assert (found, parser.is_done, parser.is_reusable) == (body, True, True)


def test_a_head_is_read_into_lower_case_names():
    parser, _ = read(b"HTTP/1.1 429 Slow Down\r\nRetry-After:  3 \r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 0\r\n\r\n")
    assert (parser.status, parser.headers) == (429, {"retry-after": "3", "x-a": "1, 2", "content-length": "0"})


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n"])
def test_without_a_length_the_end_of_the_connection_is_the_end(head):
    parser, body = read(head + b"hel", b"lo", is_closed=True)
    assert (body, parser.is_done, parser.is_reusable) == (b"hello", True, False)


@pytest.mark.parametrize(
    "answer",
    [
        SIZED + b"hello and more",
        SIZED.replace(b"OK", b"OK\r\nConnection: Close") + b"hello",
        b"HTTP/1.0" + (SIZED + b"hello")[8:],
        CHUNKED + b"0\r\n\r\nmore",
    ],
)
def test_a_connection_that_says_more_or_closes_is_not_used_again(answer):
    parser, _ = read(answer)
    assert (parser.is_done, parser.is_reusable) == (True, False)


def test_what_comes_after_the_end_is_dropped():
    parser, body = read(SIZED + b"hello", b"more")
    assert (body, parser.is_reusable) == (b"hello", False)
    assert not read(b"HTTP/1.1 204 No Content\r\n\r\nmore")[0].is_reusable


@pytest.mark.parametrize("answer", [b"", SIZED[:20], SIZED + b"hell", CHUNKED + b"5\r\nhello\r\n", CHUNKED + b"0\r\n"])
def test_a_connection_that_closes_too_early_is_no_answer(answer):
    with pytest.raises(ValueError, match="too early"):
        read(answer, is_closed=True)


def test_it_is_known_whether_anything_came():
    assert not AnswerParser().has_begun
    assert read(b"HTT")[0].has_begun
    assert read(SIZED)[0].has_begun


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n folded: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * HEAD_BYTES + b"\r\n\r\n",
        b"x" * (HEAD_BYTES + 1),
        CHUNKED + b"five\r\n",
        CHUNKED + b"-5\r\n",
        CHUNKED + b"5" * 5000,
        CHUNKED + b"5\r\nhelloXX",
        CHUNKED + b"0\r\n" + b"x" * 5000,
    ],
)
def test_what_is_no_http_is_refused(answer):
    with pytest.raises(ValueError, match=r"^(no |an unknown|too long)"):
        read(answer)


def test_a_chunk_without_its_mark_is_refused_where_it_came_in_pieces():
    with pytest.raises(ValueError, match="no end"):
        read(CHUNKED + b"5\r\nhel", b"loXX")
