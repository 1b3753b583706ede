"""What may stand in an audit entry: a bounded amount of plain values, and nothing that looks like a secret.

Callers give ids and names of fields. This is the last line of defence behind them, not the first.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID

STRING_MAX = 200
NAME_MAX = 40
ITEMS_MAX = 100
DEPTH_MAX = 4
BYTES_MAX = 4096
CUT = "…"

_SECRET_NAME = re.compile(r"passw|secret|authoriz|cookie|digest|credential|(?:^|_)token|csrf", re.IGNORECASE)
_SECRETS = (
    (re.compile(r"\bqk_[A-Za-z0-9_\-]+", re.IGNORECASE), f"qk_{CUT}"),
    (re.compile(r"\bsk-[A-Za-z0-9_\-]{8,}"), f"sk-{CUT}"),
    (re.compile(r"\b(Bearer|Basic|Token)\s+[^\s,;\"']+", re.IGNORECASE), rf"\1 {CUT}"),
    (re.compile(r"(://[^\s:/@]*):[^\s/@]+@"), rf"\1:{CUT}@"),
    (re.compile(r"((?:password|passwd|passphrase|secret|token|api[_-]?key)\"?'?\s*[=:]\s*)[^\s,;&]+", re.IGNORECASE), rf"\1{CUT}"),
)


def clean_text(text: str, length: int = STRING_MAX) -> str:
    """Mask what looks like a secret, drop what Postgres cannot hold (NUL, lone surrogates), and cut."""
    # Far more than is kept: a mask cannot begin in what is cut away before.
    text = text[: 10 * length].replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text if len(text) <= length else text[: length - 1] + CUT


def clean_detail(detail: Mapping[str, object]) -> dict[str, object]:
    """Keep the values in their order as long as they fit; `cut` says that some did not."""
    kept: dict[str, object] = {}
    room = BYTES_MAX
    for name, value in detail.items():
        cleaned = _clean(value, name, DEPTH_MAX)
        size = len(json.dumps({name: cleaned}, ensure_ascii=False).encode())
        if size > room - len('{"cut": true}'):
            kept["cut"] = True
            break
        room -= size
        kept[clean_text(name, NAME_MAX)] = cleaned
    return kept


def _clean(value: object, name: str, depth: int) -> object:
    if value is None or isinstance(value, bool):
        return value
    if _SECRET_NAME.search(name) and not isinstance(value, Mapping):
        return CUT
    if isinstance(value, str):
        return clean_text(str(value))
    if isinstance(value, int | float):
        return value if math.isfinite(value) else str(value)
    return _clean_compound(value, name, depth)


def _clean_compound(value: object, name: str, depth: int) -> object:
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if depth and isinstance(value, Mapping):
        pairs = list(value.items())[:ITEMS_MAX]
        return {clean_text(str(key), NAME_MAX): _clean(inner, str(key), depth - 1) for key, inner in pairs}
    if depth and isinstance(value, Iterable) and not isinstance(value, bytes | bytearray):
        ordered = sorted(value, key=str) if isinstance(value, set | frozenset) else list(value)
        return [_clean(inner, name, depth - 1) for inner in ordered[:ITEMS_MAX]]
    # A model's own words may be a document's title: only its kind is told.
    return f"<{type(value).__name__}>"
