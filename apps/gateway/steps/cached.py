"""Answers that were given before: to the very same call, or to one whose question means the same. A hit asks no model and costs nothing.

What is kept is a whole answer, after its reader has it; one that fails or is stopped leaves nothing.
"""

from contextlib import aclosing

from django.conf import settings

from apps.gateway.caching import exact, keys, semantic
from apps.gateway.caching.answers import Answer, Gathered
from apps.gateway.calls import Call, Flow, Follow
from apps.gateway.errors import ProviderUnavailable

MISS, EXACT, SEMANTIC, STALE = "miss", "exact", "semantic", "stale"


def cached(call: Call, follow: Follow) -> Flow:
    """Answer from what this very call was answered before; where every model is down, also from what is no longer fresh."""
    return _cached(call, follow) if settings.QUIRE_CACHE_SECONDS and keys.may_cache(call) else follow(call)


def cached_by_meaning(call: Call, follow: Follow) -> Flow:
    """Answer from what another wording of the question was answered, within the same scope."""
    return _cached_by_meaning(call, follow) if settings.QUIRE_SEMANTIC_CACHE_HOURS and keys.may_compare(call) else follow(call)


async def _cached(call: Call, follow: Follow) -> Flow:
    answers, key = exact.exact_cache(), keys.hard_key(call)
    known = await answers.find(key)
    if known is not None and answers.is_fresh(known):
        call.cache = EXACT
    else:
        call.cache, gathered = MISS, Gathered()
        try:
            async with aclosing(follow(call)) as flow:
                async for chunk in flow:
                    gathered.note(chunk)
                    yield chunk
        except ProviderUnavailable:
            if known is None or gathered.has_begun:
                raise
            call.cache = STALE
        else:
            # What was found by meaning has a time of its own, which a copy would outlive.
            if call.cache == MISS and (answer := _worth_keeping(call, gathered)):
                answers.keep(key, answer)
            return
    for chunk in known.replay():
        yield chunk


async def _cached_by_meaning(call: Call, follow: Follow) -> Flow:
    asked = await semantic.look_up(call)
    if asked is not None and asked.answer is not None:
        call.cache = SEMANTIC
        for chunk in asked.answer.replay():
            yield chunk
        return
    call.cache, gathered = MISS, Gathered()
    async with aclosing(follow(call)) as flow:
        async for chunk in flow:
            gathered.note(chunk)
            yield chunk
    if asked is not None and keys.may_compare(call) and (answer := _worth_keeping(call, gathered)):
        semantic.keep(asked, answer)


def _worth_keeping(call: Call, gathered: Gathered) -> Answer | None:
    """Looked at again: the guards around these steps may have found something in the answer."""
    if not keys.may_cache(call):
        return None
    return gathered.answer(call.target.name if call.target else call.route.name, exact.exact_cache().now())
