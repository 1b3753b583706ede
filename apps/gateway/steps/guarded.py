"""What leaves for a model is screened and masked, what comes back is unmasked and rid of foreign images and links."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import lru_cache, partial
from ipaddress import ip_address
from typing import cast
from urllib.parse import urlsplit

from django.conf import settings

from apps.gateway.calls import Call, Flow, Follow
from apps.gateway.guards.addresses import ALL, Hosts
from apps.gateway.guards.answering import AnswerFilter, is_json_wanted
from apps.gateway.guards.base import LINKS, REMOVE
from apps.gateway.guards.screening import Screening, screen
from apps.gateway.types import ChatMessage, Chunk

# So much is screened in some ten milliseconds; more is, in a thread, while others are served.
_MOST_CHARACTERS = 50_000


async def guarded(call: Call, follow: Follow) -> Flow:
    """Raises Blocked. Does not change a chunk in which there is nothing to do."""
    values = await _screen(call)
    counts: Counter[str] = Counter()
    hosts = _hosts(call.rules.link_hosts, tuple(settings.ALLOWED_HOSTS), settings.QUIRE_PUBLIC_URL)
    answer = AnswerFilter(values if call.rules.is_unmasked else {}, hosts, counts, is_json=is_json_wanted(call.options))
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
    caching = call.options.caching
    screening = Screening(call.found, call.acted)
    work = partial(screen, screening, call.messages, call.rules, is_leaving=is_leaving, question=caching.question if caching else "")
    if _length(call.messages) > _MOST_CHARACTERS:
        await asyncio.to_thread(work)
    else:
        work()
    call.messages = screening.messages
    if caching and screening.question != caching.question:
        call.options = replace(call.options, caching=replace(caching, question=screening.question))
    return dict(screening.values)


def _length(messages: Sequence[ChatMessage]) -> int:
    return sum(
        len(message.content) if isinstance(message.content, str) else sum(len(block["text"]) for block in message.content if block["type"] != "image_url")
        for message in messages
    )


@lru_cache(maxsize=64)
def _hosts(link_hosts: frozenset[str], allowed_hosts: tuple[str, ...], public_url: str) -> Hosts:
    """Those of the policy and the installation's own. A wildcard of ALLOWED_HOSTS says who may ask, not where a link may lead."""
    own = {host for host in allowed_hosts if not _is_loopback(host) and host != ALL}
    return Hosts({*link_hosts, *own, urlsplit(public_url).hostname or ""})


def _is_loopback(host: str) -> bool:
    """Names of this very machine, which in an answer would lead the reader to their own."""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return host == "localhost"
    return address.is_loopback or address.is_unspecified
