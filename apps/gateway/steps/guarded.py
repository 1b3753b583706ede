"""What leaves for a model is screened and masked, what comes back is unmasked and rid of foreign images and links."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import lru_cache, partial
from typing import cast
from urllib.parse import urlsplit

from django.conf import settings

from apps.common.hosts import is_this_machine
from apps.gateway.calls import Call, Flow, Follow
from apps.gateway.guards.addresses import ALL, Hosts
from apps.gateway.guards.answering import AnswerFilter, is_json_wanted
from apps.gateway.guards.base import LINKS, REMOVE
from apps.gateway.guards.screening import Screening, screen, texts_of, watch_answer
from apps.gateway.types import Chunk

# So much is screened in some ten milliseconds; more is, in a thread, while others are served.
_MOST_CHARACTERS = 50_000


async def guarded(call: Call, follow: Follow) -> Flow:
    """Raises Blocked. Does not change a chunk in which there is nothing to do."""
    values = await _screen(call)
    counts: Counter[str] = Counter()
    hosts = _hosts(call.rules.link_hosts, tuple(settings.ALLOWED_HOSTS), settings.QUIRE_PUBLIC_URL)
    watch = partial(watch_answer, call.rules, call.found, call.acted)
    answer = AnswerFilter(values if call.rules.is_unmasked else {}, hosts, counts, watch, is_json=is_json_wanted(call.options))
    try:
        # An async generator, typed as the iterator that callers need.
        async with aclosing(cast("AsyncGenerator[Chunk]", follow(call))) as chunks:
            async for chunk in chunks:
                for passed in answer.feed(chunk):
                    yield passed
        for passed in answer.end():
            yield passed
    finally:
        for kind, count in counts.items():
            call.found[f"{LINKS}.{kind}"] += count
            call.acted[f"{LINKS}.{kind}"] = REMOVE


async def _screen(call: Call) -> dict[str, str]:
    """Put the masked messages into the call. Returns what stands behind their placeholders."""
    is_leaving = any(not target.is_embedded for target in call.route.targets)
    screening = Screening(call.found, call.acted)
    work = partial(screen, screening, call.messages, call.options, call.rules, is_leaving=is_leaving, is_foreign=call.is_request)
    if sum(map(len, texts_of(call.messages, call.options))) > _MOST_CHARACTERS:
        await asyncio.to_thread(work)
    else:
        work()
    call.messages, call.options = screening.messages, screening.options
    return dict(screening.values)


@lru_cache(maxsize=64)
def _hosts(link_hosts: frozenset[str], allowed_hosts: tuple[str, ...], public_url: str) -> Hosts:
    """Those of the policy and the installation's own. A wildcard of ALLOWED_HOSTS says who may ask, not where a link may lead; and names of
    this very machine would in an answer lead its readers to their own."""
    own = {*allowed_hosts, urlsplit(public_url).hostname or ""}
    return Hosts({*link_hosts, *(host for host in own if not is_this_machine(host) and host != ALL)})
