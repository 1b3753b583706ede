"""Asking a provider whether it is there, for an operator who has just written down where. One short request, never tried again.

What the server says in words goes nowhere: only its status, and names that we know already.
"""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from json import JSONDecodeError, loads
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2

SECONDS = 5.0
_BYTES_MAX = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Finding:
    """`problem` is "" where it works. `names` are the models that it lists; None where it lists none."""

    problem: str = ""
    status: int | None = None
    names: frozenset[str] | None = None


UNREACHED, SILENT, WRONG_KEY, MOVED, ABSENT, BUSY, BROKEN, NO_API = "unreached", "silent", "wrong_key", "moved", "absent", "busy", "broken", "no_api"


def list_models(base_url: str, api_key: str, *, seconds: float = SECONDS) -> Finding:
    """Ask for the list of models, as every server of the OpenAI protocol has it."""
    finding, body = _ask("GET", f"{base_url}/models", api_key, None, seconds)
    if finding.problem:
        return finding
    rows = body.get("data") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) and isinstance(row.get("id"), str) for row in rows):
        return Finding(NO_API, finding.status)
    return Finding(status=finding.status, names=frozenset(row["id"] for row in rows))


def rerank_two(base_url: str, api_key: str, model: str, *, seconds: float = SECONDS) -> Finding:
    """Have two words judged: with a model's name as most want it, without one as Text Embeddings Inference does."""
    texts = ["tea", "rain"]
    asked: dict[str, object] = {"model": model, "query": "weather", "documents": texts} if model else {"query": "weather", "texts": texts}
    finding, body = _ask("POST", f"{base_url}/rerank", api_key, asked, seconds)
    if finding.problem:
        return finding
    rows = body.get("results") if isinstance(body, dict) else body
    is_answer = isinstance(rows, list) and len(rows) == len(texts) and all(isinstance(row, dict) and "index" in row for row in rows)
    return finding if is_answer else Finding(NO_API, finding.status)


# Any: whatever a server sent.
def _ask(method: str, address: str, api_key: str, body: Mapping[str, object] | None, seconds: float) -> tuple[Finding, Any]:
    # Here, because every process loads this page's module, and hardly one ever asks.
    import httpx2

    from apps.gateway.providers.http.endpoint import find_proxy

    # As calls go: by the same proxy, and with a key where there is none.
    headers = {"Authorization": f"Bearer {api_key or 'none'}"}
    try:
        with (
            httpx2.Client(timeout=httpx2.Timeout(seconds), follow_redirects=False, trust_env=False, proxy=find_proxy(httpx2.URL(address))) as client,
            client.stream(method, address, headers=headers, json=body) as response,
        ):
            problem = _problem_of(response.status_code)
            return Finding(problem, response.status_code), None if problem else loads(_read(response, seconds))
    except (httpx2.TimeoutException, TimeoutError):
        return Finding(SILENT), None
    except (JSONDecodeError, UnicodeDecodeError):
        return Finding(NO_API), None
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeEncodeError):
        return Finding(UNREACHED), None


def _read(response: "httpx2.Response", seconds: float) -> bytes:
    """The time-out is for each piece: a server that sends a byte at a time is as silent as one that sends none."""
    read, until = bytearray(), time.monotonic() + seconds
    for piece in response.iter_bytes():
        read += piece
        if time.monotonic() > until:
            raise TimeoutError
        if len(read) > _BYTES_MAX:
            raise JSONDecodeError("too long", "", 0)
    return bytes(read)


_STATUSES: Mapping[Collection[int], str] = {
    range(200, 300): "",
    range(300, 400): MOVED,
    (401, 403): WRONG_KEY,
    (404, 405): ABSENT,
    (429,): BUSY,
    range(500, 600): BROKEN,
}


def _problem_of(status: int) -> str:
    return next((problem for statuses, problem in _STATUSES.items() if status in statuses), NO_API)
