"""An answer out of the bytes that bring it, without a network: whatever a server writes, and cut wherever it may be."""

import json

import pytest

from apps.gateway.providers import openai_stream
from apps.gateway.providers.openai_stream import ErrorInStream, StreamReader
from apps.gateway.types import Chunk, ToolCallPart, Usage


def event(delta=None, finish=None, **fields):
    return {"choices": [{"index": 0, "delta": delta or {}, "finish_reason": finish}], **fields}


def stream(*events, end=b"data: [DONE]\n\n"):
    return b"".join(b"data: " + (one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n\n" for one in events) + end


def used(read, wrote):
    return {"prompt_tokens": read, "completion_tokens": wrote}


def read(*pieces, has_end=True):
    reader = StreamReader()
    chunks = [chunk for piece in pieces for chunk in reader.feed(piece)]
    if has_end and not reader.is_over and not reader.failure:
        chunks += reader.end()
    return reader, chunks


def text_of(chunks):
    return "".join(chunk.text for chunk in chunks)


WORDS = "Größe 漢字 🙂, said twice: Größe."
WHOLE = stream(
    event({"role": "assistant", "content": ""}),
    *(event({"content": word}) for word in WORDS.split(" ")),
    event(finish="stop"),
    {"usage": used(7, 6), "choices": []},
)


def test_words_that_came_together_are_one_chunk():
    reader, chunks = read(WHOLE)
    assert chunks == [Chunk(WORDS.replace(" ", ""), pieces=6)]
    assert (reader.is_over, reader.failure, reader.finish_reason, reader.usage) == (True, None, "stop", Usage(7, 6, estimated=False))
    assert reader.written_bytes == len(WORDS.replace(" ", "").encode())


def test_words_that_came_one_by_one_are_a_chunk_each():
    _, chunks = read(stream(event({"content": "one"}), end=b""), stream(event({"content": "two"}, "stop")))
    assert chunks == [Chunk("one"), Chunk("two")]


def test_an_answer_that_is_cut_is_told_from_a_whole_one_at_every_byte():
    finish = WHOLE.index(b'"stop"') + len(b'"stop"}]}')
    for at in range(len(WHOLE)):
        reader, chunks = read(WHOLE[:at])
        assert WORDS.replace(" ", "").startswith(text_of(chunks))
        assert (reader.failure is None) == reader.is_over == (at >= finish)
        assert reader.has_content == bool(chunks)


def test_an_answer_in_two_packets_is_the_same_wherever_it_is_parted():
    for at in range(1, len(WHOLE)):
        reader, chunks = read(WHOLE[:at], WHOLE[at:])
        assert (text_of(chunks), reader.finish_reason, reader.usage) == (WORDS.replace(" ", ""), "stop", Usage(7, 6, estimated=False))


def test_nothing_is_read_behind_the_end():
    reader, chunks = read(stream(event({"content": "one"})) + stream(event({"content": "two"})))
    assert (text_of(chunks), reader.finish_reason) == ("one", "stop")


def test_a_tool_call_comes_in_pieces():
    first = {"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": {"name": "search", "arguments": ""}}]}
    more = {"tool_calls": [{"index": 0, "function": {"arguments": '{"q": 1}'}}, {"index": 1, "id": "call_2", "function": {"name": "look"}}]}
    reader, chunks = read(stream(event({"content": "Let me see."}), event(first), event(more), event(finish="tool_calls")))
    assert chunks == [
        Chunk("Let me see."),
        Chunk("", tool_calls=(ToolCallPart(0, "call_1", "search"),)),
        Chunk("", tool_calls=(ToolCallPart(0, arguments='{"q": 1}'), ToolCallPart(1, "call_2", "look"))),
    ]
    assert (reader.finish_reason, reader.has_content) == ("tool_calls", True)
    assert reader.written_bytes == len('Let me see.search{"q": 1}look')


def test_tool_calls_that_nobody_numbered_are_numbered():
    parts = [{"id": "a", "function": {"name": "one", "arguments": {"q": 1}}}, {"function": {"arguments": "!"}}, {"id": "a"}, {"id": "b", "function": None}]
    _, chunks = read(stream(*(event({"tool_calls": [part]}) for part in parts)))
    assert [(part.index, part.id, part.arguments) for chunk in chunks for part in chunk.tool_calls] == [
        (0, "a", '{"q":1}'),
        (0, "", "!"),
        (0, "a", ""),
        (1, "b", ""),
    ]


def test_what_else_a_delta_holds_is_handed_on_by_its_own_names():
    thought = event({"content": None, "reasoning_content": "Hm.", "refusal": None})
    likely = {"choices": [{"delta": {"content": "Yes"}, "logprobs": {"content": [{"token": "Yes"}]}}]}
    reader, chunks = read(stream(thought, event({"content": "a"}), likely, event({"refusal": "No."}, "stop")))
    assert chunks == [
        Chunk("", extra={"reasoning_content": "Hm."}),
        Chunk("a"),
        Chunk("Yes", extra={"logprobs": {"content": [{"token": "Yes"}]}}),
        Chunk("", extra={"refusal": "No."}),
    ]
    assert reader.written_bytes == len("Hm.aYesNo.")


def test_zero_tokens_are_not_a_count_that_is_missing():
    assert read(stream(event({"content": "a"}, "stop"), {"choices": [], "usage": used(0, 0)}))[0].usage == Usage(0, 0, estimated=False)


@pytest.mark.parametrize(
    "usage",
    [None, 5, {}, {"prompt_tokens": 1}, {"completion_tokens": 1}, used(-1, 1), used("1", 1), used(1.5, 1), used(True, 1), used(2**31, 1), used(10**30, 1)],
)
def test_what_is_no_count_of_tokens_is_missing(usage):
    assert read(stream(event({"content": "a"}, "stop", usage=usage)))[0].usage is None


def test_a_usage_that_is_told_all_along_comes_with_the_words_and_survives_a_cut():
    start = event({"content": ""}, usage=used(7, 0))
    reader, chunks = read(stream(start, event({"content": "a"}, usage=used(7, 1)), end=b""), stream(event({"content": "b"}, usage=used(7, 2)), end=b""))
    assert chunks == [Chunk("a", Usage(7, 1, estimated=False)), Chunk("b", Usage(7, 2, estimated=False))]
    assert reader.failure


def test_a_usage_between_the_words_is_told_at_once():
    _, chunks = read(stream(event({"content": "a"}), end=b""), stream({"choices": [], "usage": used(7, 1)}, end=b""))
    assert chunks == [Chunk("a"), Chunk("", Usage(7, 1, estimated=False))]


def test_the_last_usage_counts():
    reader, chunks = read(stream(event({"content": "a"}, usage=used(7, 1)), event(finish="stop", usage=used(7, 2)), {"choices": [], "usage": used(7, 3)}))
    assert (chunks, reader.usage) == ([Chunk("a")], Usage(7, 3, estimated=False))


@pytest.mark.parametrize("error", [{"error": {"message": "overloaded"}}, {"object": "error", "message": "overloaded"}, {"error": "overloaded"}])
def test_an_error_where_an_event_was_wanted_is_one(error):
    reader, chunks = read(stream(event({"content": "a"}), error, event({"content": "b"})))
    assert (chunks, type(reader.failure), reader.is_over) == ([Chunk("a")], ErrorInStream, False)
    assert "overloaded" in str(reader.failure.error)
    assert "overloaded" not in str(reader.failure)


def test_what_fails_behind_the_reason_to_end_changes_nothing():
    for broken in [b"{not json", b'{"error": {"message": "late"}}']:
        reader, chunks = read(stream(event({"content": "a"}, "length"), broken))
        assert (chunks, reader.failure, reader.is_over, reader.finish_reason) == ([Chunk("a")], None, True, "length")
    reader, _ = read(stream(event({"content": "a"}, "length"), end=b""), has_end=False)
    reader.break_off(TimeoutError())
    assert (reader.failure, reader.is_over) == (None, True)


@pytest.mark.parametrize(
    "broken",
    [
        b"{not json",
        b"[]",
        b"7",
        b'"text"',
        b'{"choices": "no"}',
        b'{"choices": ["no"]}',
        b'{"choices": [{"delta": "no"}]}',
        b'{"choices": [{"delta": {"tool_calls": {"a": 1}}}]}',
        b'{"choices": [{"delta": {"tool_calls": ["a"]}}]}',
        b"[" * 100_000,
        b'"\xff"',
    ],
)
def test_what_is_not_in_the_form_of_the_protocol_is_a_failure(broken):
    reader, chunks = read(stream(event({"content": "a"}), broken))
    assert chunks == [Chunk("a")]
    assert isinstance(reader.failure, ValueError)


def test_what_says_nothing_is_no_chunk():
    odd = [{}, {"choices": None}, {"choices": []}, {"choices": [{}]}, {"choices": [{"delta": None}]}, event({"content": 7}), event({"content": []})]
    reader, chunks = read(b": keep-alive\n\n" + stream(*odd, event({"content": "a"}, "")))
    assert (chunks, reader.finish_reason) == ([Chunk("a")], "stop")


def test_another_choice_than_the_first_is_not_read():
    _, chunks = read(stream({"choices": [{"index": 1, "delta": {"content": "other"}}, {"index": 0, "delta": {"content": "a"}}]}))
    assert chunks == [Chunk("a")]


def test_content_may_come_in_parts():
    parts = [{"type": "thinking", "thinking": []}, {"type": "text", "text": "a"}, "x", {"type": "text", "text": None}, {"type": "text", "text": "b"}]
    assert read(stream(event({"content": parts})))[1] == [Chunk("ab")]


def test_half_a_character_pair_and_numbers_that_are_none_do_not_stop_it():
    _, chunks = read(stream(b'{"choices": [{"delta": {"content": "a\\ud83db", "score": NaN}}]}'))
    assert chunks[0].text == "a?b"


def test_an_answer_that_never_ends_is_given_up(monkeypatch):
    monkeypatch.setattr(openai_stream, "ANSWER_BYTES", 100)
    reader, chunks = read(stream(event({"content": "a"}), end=b""), b": keep-alive\n\n" * 10)
    assert (chunks, str(reader.failure)) == ([Chunk("a")], "too long an answer")


def whole(message, finish="stop", **fields):
    reader = StreamReader()
    return reader, reader.take_whole(json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": finish}], **fields}).encode())


def test_an_answer_may_come_as_one_object():
    call = {"id": "call_1", "type": "function", "function": {"name": "search", "arguments": "{}"}}
    reader, chunks = whole({"role": "assistant", "content": "Hello.", "tool_calls": [call]}, usage=used(7, 2))
    assert chunks == [Chunk("Hello.", tool_calls=(ToolCallPart(0, "call_1", "search", "{}"),))]
    assert (reader.is_over, reader.finish_reason, reader.usage) == (True, "stop", Usage(7, 2, estimated=False))
    assert whole({"content": "Hello."}, None)[0].finish_reason == "stop"
    assert whole({"content": ""}, "length")[0].finish_reason == "length"


@pytest.mark.parametrize("body", [b"<html></html>", b"{}", b'{"choices": []}', b'{"choices": [{"message": {"content": ""}}]}'])
def test_an_object_that_is_no_answer_is_a_failure(body):
    reader = StreamReader()
    assert (reader.take_whole(body), reader.is_over) == ([], False)
    assert isinstance(reader.failure, ValueError)


def test_an_object_that_is_an_error_is_one():
    reader = StreamReader()
    reader.take_whole(b'{"error": {"message": "no"}}')
    assert isinstance(reader.failure, ErrorInStream)
