"""One path of an OpenAI-compatible server, asked for one model. What fails on the way leaves it in our own family of errors."""

import asyncio
from collections.abc import Mapping
from typing import Any

from apps.gateway.errors import ProviderError
from apps.gateway.providers import openai_errors as errors
from apps.gateway.providers.http import Answer, post, read_all
from apps.gateway.providers.http.connections import ssl_context
from apps.gateway.providers.http.endpoint import Endpoint, make_endpoint
from apps.gateway.providers.openai_messages import from_json, to_json
from apps.gateway.targets import Target

# Of the body of an error.
_ERROR_BYTES = 256 * 1024


class OpenAIServer:
    def __init__(self, target: Target, path: str, who: errors.Whom) -> None:
        self.who = who
        self._endpoint = _endpoint_of(target, path)
        if self._endpoint and self._endpoint.scheme == "https":
            ssl_context()

    async def open(self, body: bytes, until: float) -> Answer:
        """The answer, whatever its status. Raises ProviderError."""
        if self._endpoint is None:
            raise errors.unusable(self.who)
        try:
            return await post(self._endpoint, body, until)
        except (ConnectionError, TimeoutError, ValueError) as error:
            raise self.translate(error) from None

    async def read_error(self, answer: Answer, until: float) -> bytes:
        """Read and close an answer that is none; its body as far as it is there to be read."""
        body, is_whole = b"", False
        try:
            body = await read_all(answer, until, _ERROR_BYTES)
            is_whole = True
        except (ConnectionError, TimeoutError, ValueError):
            pass
        finally:
            await answer.close(is_whole=is_whole)
        return body

    async def ask(self, body: Mapping[str, Any], seconds: float) -> Any:  # Any: JSON
        """The whole answer, within so many seconds. Raises ProviderError."""
        until = asyncio.get_running_loop().time() + seconds
        answer = await self.open(to_json(body), until)
        if answer.status != 200:
            raise errors.by_status(answer.status, answer.headers, await self.read_error(answer, until), self.who)
        is_whole = False
        try:
            content = await read_all(answer, until)
            is_whole = True
            told = from_json(content)
        except (ConnectionError, TimeoutError, ValueError) as error:
            raise self.translate(error) from None
        finally:
            await answer.close(is_whole=is_whole)
        if isinstance(told, dict) and told.get("error"):
            raise errors.by_error(told["error"], self.who)
        return told

    def translate(self, error: Exception) -> ProviderError:
        """Without its cause, which may quote the server."""
        if isinstance(error, TimeoutError):
            return errors.timed_out(self.who)
        return errors.unreachable(self.who) if isinstance(error, ConnectionError) else errors.not_understood(self.who)


def _endpoint_of(target: Target, path: str) -> Endpoint | None:
    try:
        return make_endpoint(target.base_url, path, target.api_key)
    except ValueError:
        # Told to whoever asks, and not to whoever only looks.
        return None
