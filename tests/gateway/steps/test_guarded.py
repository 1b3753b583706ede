"""The step as the pipeline calls it, with a scripted rest behind it."""

from contextlib import aclosing
from dataclasses import dataclass, field

import pytest

from apps.gateway.calls import Call, Kind
from apps.gateway.catalogue import Catalogue, GuardRules
from apps.gateway.conf import EXTRACTIVE, OPENAI_COMPATIBLE
from apps.gateway.errors import Blocked, StreamCut
from apps.gateway.steps.guarded import guarded
from apps.gateway.targets import RouteInfo, Target
from apps.gateway.types import Caching, ChatMessage, ChatOptions, Chunk, Principal, Usage

PRINCIPAL = Principal(user_id=None, workspace_id="acme", purpose="test")
OUTSIDE, INSIDE = Target("p", "m", OPENAI_COMPATIBLE), Target("quire", "extractive", EXTRACTIVE)
LAST = Chunk("", Usage(1, 1, estimated=False), "stop")


def make_call(text, rules=None, targets=(OUTSIDE,), **options):
    catalogue = Catalogue(1, rules={"acme": rules or GuardRules(personal_data="mask")})
    return Call(Kind.CHAT, PRINCIPAL, catalogue, RouteInfo("r", "chat", targets), messages=[ChatMessage("user", text)], options=ChatOptions(**options))


@dataclass
class Rest:
    """What follows in the pipeline: remembers what it was asked, and answers with chunks or fails."""

    chunks: list[Chunk]
    error: Exception | None = None
    asked: list[str] = field(default_factory=list)
    is_closed: bool = False

    async def follow(self, call):
        self.asked += [message.content for message in call.messages]
        try:
            for chunk in self.chunks:
                yield chunk
            if self.error:
                raise self.error
        finally:
            self.is_closed = True


async def answer(call, rest, into=None):
    chunks = [] if into is None else into
    async for chunk in guarded(call, rest.follow):
        chunks.append(chunk)
    return chunks


async def test_a_model_reads_placeholders_and_the_asker_reads_values():
    call, rest = make_call("I am a@x.example"), Rest([Chunk("Hello [EMAIL"), Chunk("_1]!"), LAST])
    chunks = await answer(call, rest)
    assert rest.asked == ["I am [EMAIL_1]"]
    assert "".join(chunk.text for chunk in chunks) == "Hello a@x.example!"
    assert chunks[-1] is LAST
    assert (call.found, call.acted) == ({"personal_data.email": 1}, {"personal_data.email": "mask"})


async def test_values_stay_away_where_the_policy_says_so():
    call = make_call("I am a@x.example", GuardRules(personal_data="mask", is_unmasked=False))
    assert await answer(call, Rest([Chunk("Hello [EMAIL_1]."), LAST])) == [Chunk("Hello [EMAIL_1]."), LAST]


@pytest.mark.parametrize(("targets", "asked"), [((INSIDE,), "I am a@x.example"), ((INSIDE, OUTSIDE), "I am [EMAIL_1]")])
async def test_only_what_may_leave_the_house_is_masked(targets, asked):
    rest = Rest([LAST])
    await answer(make_call("I am a@x.example", targets=targets), rest)
    assert rest.asked == [asked]


async def test_a_refused_call_asks_nobody_and_is_counted():
    call, rest = make_call("4111 1111 1111 1111", GuardRules(personal_data="block")), Rest([LAST])
    with pytest.raises(Blocked, match="a payment card number"):
        await answer(call, rest)
    assert rest.asked == []
    assert call.acted == {"personal_data.card": "block"}


async def test_links_lead_to_allowed_hosts_and_to_this_installation(settings):
    settings.ALLOWED_HOSTS = ["quire.example", ".intern.example", "*", "127.0.0.1", "localhost", "[::1]"]
    settings.QUIRE_PUBLIC_URL = "https://chat.example:8443"
    call = make_call("Hello", GuardRules(link_hosts=frozenset({"good.example"})))
    kept = "[a](https://quire.example/1) [b](https://a.intern.example/2) [c](https://chat.example:8443/3) [d](https://good.example/4) "
    gone = "[e](http://127.0.0.1/5) [f](http://localhost/6) ![g](https://evil.example/7)"
    chunks = await answer(call, Rest([Chunk(kept), Chunk(gone), LAST]))
    assert "".join(chunk.text for chunk in chunks) == kept + "e (127.0.0.1) f (localhost) g"
    assert (call.found, call.acted) == ({"links.link": 2, "links.image": 1}, {"links.link": "remove", "links.image": "remove"})


async def test_an_installation_on_the_readers_own_machine_opens_no_other_port_of_it(settings):
    settings.ALLOWED_HOSTS, settings.QUIRE_PUBLIC_URL = [], "http://127.0.0.1:8000"
    chunks = await answer(make_call("Hello"), Rest([Chunk("[a](http://127.0.0.1:9999/delete) "), LAST]))
    assert "".join(chunk.text for chunk in chunks) == "a (127.0.0.1) "


async def test_an_answer_in_json_keeps_its_addresses():
    call = make_call("Hello", parameters={"response_format": {"type": "json_object"}})
    text = '{"url": "https://evil.example/x"}'
    assert await answer(call, Rest([Chunk(text), LAST])) == [Chunk(text), LAST]


async def test_the_question_for_the_semantic_cache_is_masked():
    call = make_call("I am a@x.example", caching=Caching("scope", "Who is a@x.example?"))
    await answer(call, Rest([LAST]))
    assert call.options.caching == Caching("scope", "Who is [EMAIL_1]?")


async def test_a_question_for_the_semantic_cache_in_which_nothing_is_stays():
    call = make_call("Hello", caching=Caching("scope", "Who?"))
    options = call.options
    await answer(call, Rest([LAST]))
    assert call.options is options


async def test_what_ends_without_a_last_chunk_is_told_to_its_end():
    assert await answer(make_call("Hello"), Rest([Chunk("a [")])) == [Chunk("a "), Chunk("[")]


async def test_a_failure_gives_what_came_before_it_and_no_more():
    seen = []
    with pytest.raises(StreamCut):
        await answer(make_call("a@x.example"), Rest([Chunk("Hello [EMAIL")], StreamCut("cut")), into=seen)
    assert seen == [Chunk("Hello ")]


async def test_closing_it_closes_what_follows_and_counts_what_was_taken_out():
    call, rest = make_call("Hello"), Rest([Chunk("![x](//evil.example) a"), Chunk("b"), LAST])
    async with aclosing(guarded(call, rest.follow)) as chunks:
        assert (await anext(chunks)).text == "x a"
    assert rest.is_closed
    assert call.found == {"links.image": 1}


async def test_a_long_text_is_screened_beside_the_loop():
    call, rest = make_call("a@x.example " + "word " * 20_000), Rest([LAST])
    await answer(call, rest)
    assert rest.asked[0].startswith("[EMAIL_1] word")


async def test_the_length_of_blocks_counts():
    call, rest = make_call("x"), Rest([LAST])
    call.messages = [ChatMessage("user", [{"type": "text", "text": "word " * 12_000}, {"type": "image_url", "image_url": {}}])]
    await answer(call, rest)
    assert len(rest.asked[0]) == 2


async def test_an_answer_with_a_prohibited_word_is_broken_off_before_it():
    seen, call = [], make_call("Hello", GuardRules(prohibited_words=("bluebird",)))
    rest = Rest([Chunk("Ask about Blue"), Chunk("bird"), Chunk(" today."), LAST])
    with pytest.raises(Blocked, match="answer was broken off") as caught:
        await answer(call, rest, into=seen)
    assert "".join(chunk.text for chunk in seen) == "Ask about "
    assert caught.value.extra["rule"] == "prohibited.word"
    assert (call.found, call.acted) == ({"prohibited.word": 1}, {"prohibited.word": "block"})


async def test_an_answer_with_a_prohibited_word_that_is_only_flagged_is_whole():
    call = make_call("Hello", GuardRules(prohibited="flag", prohibited_words=("bluebird",)))
    chunks = await answer(call, Rest([Chunk("A bluebird"), Chunk(", two bluebirds, a BLUEBIRD"), LAST]))
    assert "".join(chunk.text for chunk in chunks) == "A bluebird, two bluebirds, a BLUEBIRD"
    assert (call.found, call.acted) == ({"prohibited.word": 2}, {"prohibited.word": "flag"})


@pytest.mark.parametrize(("is_request", "asked"), [(True, "I am [EMAIL_1]"), (False, "I am a@x.example")])
async def test_system_messages_of_foreign_programs_are_masked(is_request, asked):
    call, rest = make_call("Hello"), Rest([LAST])
    call.messages, call.is_request = [ChatMessage("system", "I am a@x.example")], is_request
    await answer(call, rest)
    assert rest.asked == [asked]
