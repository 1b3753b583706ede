"""What an answer tells beside itself: what is left of the limits, by OpenAI's names, and what became of the call, by ours."""

from apps.gateway.calls import Call


def call_headers(call: Call) -> dict[str, str]:
    """As far as it is known by now: of a stream that has just begun, not yet what it cost."""
    headers = limit_headers(call)
    if call.cache:
        headers["x-quire-cache"] = call.cache
    if call.target is not None:
        headers["x-quire-model"] = call.target.model
        headers["x-quire-attempts"] = str(len(call.attempts))
    return headers


def limit_headers(call: Call) -> dict[str, str]:
    headers: dict[str, str] = {}
    for noun, standing in (call.charged.standings() if call.charged else {}).items():
        headers[f"x-ratelimit-limit-{noun}"] = str(standing.limit)
        headers[f"x-ratelimit-remaining-{noun}"] = str(standing.remaining)
        headers[f"x-ratelimit-reset-{noun}"] = f"{standing.reset}s"
    return headers
