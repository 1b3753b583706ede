"""How model servers are reached: one POST and its answer, bit by bit. Of models, keys and prompts nothing here knows anything."""

from typing import Protocol

from apps.gateway.providers.http.connections import find_pool
from apps.gateway.providers.http.endpoint import Endpoint

# Of an answer: more than any model writes, and an end to what a broken server can fill the memory with.
ANSWER_BYTES = 64 * 1024 * 1024


class Answer(Protocol):
    """`headers` are by lower-case names. `until` is by the event loop's clock. It has to be closed."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> dict[str, str]: ...

    async def read(self, until: float) -> bytes:
        """What came of the body since; empty at its end. Raises TimeoutError, and ConnectionError where it broke off."""
        ...

    async def close(self, *, is_whole: bool) -> None:
        """Unless the answer was whole, the connection is closed at once, so that the server sees it."""
        ...


async def post(endpoint: Endpoint, body: bytes, until: float) -> Answer:
    """Raises ConnectionError where nobody answers, TimeoutError, and ValueError for what is no HTTP."""
    if endpoint.proxy is None:
        return await (await find_pool()).post(endpoint, body, until)
    from apps.gateway.providers.http.proxied import post_by_proxy

    return await post_by_proxy(endpoint, body, until)


async def read_all(answer: Answer, until: float, most: int = ANSWER_BYTES) -> bytes:
    """The whole body. Raises ValueError where it is too much, and what `read` raises."""
    pieces: list[bytes] = []
    left = most
    while piece := await answer.read(until):
        left -= len(piece)
        if left < 0:
            raise ValueError("too long")
        pieces.append(piece)
    return b"".join(pieces)
