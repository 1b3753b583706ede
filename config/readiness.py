"""Asks the web process whether it would answer."""

import http.client
import json


def read_health(host: str, port: int) -> dict[str, str]:
    """Return what /health/ready says, or nothing where nobody answers yet."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(here, port, timeout=5)
    try:
        # 127.0.0.1 is always an allowed host; the public one may not reach us from here.
        connection.request("GET", "/health/ready", headers={"Host": "127.0.0.1"})
        answer = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return {}
    finally:
        connection.close()
    return {str(name): str(word) for name, word in answer.items()} if isinstance(answer, dict) else {}
