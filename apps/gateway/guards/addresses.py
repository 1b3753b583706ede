"""Where a link leads, read as forgivingly as browsers do: what might lead to a foreign host does, whatever it is dressed up as."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

ALL = "*"
# What is read of an address: a host that does not end within it is nobody's.
MOST_CHARACTERS = 512

_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]+):(.*)", re.IGNORECASE | re.DOTALL)
_FETCHED = ("http", "https", "ftp", "ws", "wss")
_MAIL = ("mailto", "tel", "sms")
# Run, read files, or show what nobody vetted.
_DANGEROUS = ("javascript", "vbscript", "livescript", "data", "file", "blob", "about", "view-source", "filesystem", "jar", "res", "ms-its", "mhtml")
_STRICT = re.compile(r"(\w(?:[\w.-]*\w)?)\.?(?::\d{1,5})?")
_AUTHORITY = re.compile(r"[/\\]*([^/\\?#]*)")
# What browsers drop from an address, and what nobody sees.
_DROPPED = re.compile(r"[\x00-\x20\x7f-\xa0\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_HOST = re.compile(r"[\w.\-]{0,253}")


class Kind(IntEnum):
    """By falling harmlessness."""

    RELATIVE = 0
    ALLOWED = 1
    MAIL = 2
    FOREIGN = 3
    BAD = 4


@dataclass(frozen=True, slots=True)
class Address:
    """`shown` is what may be written of it: a bare host, an address of somebody; nothing of one that is bad."""

    kind: Kind
    shown: str = ""

    @property
    def is_kept(self) -> bool:
        return self.kind <= Kind.ALLOWED


class Hosts:
    """Hosts that links may lead to. ".example.com" and "*.example.com" are all below it, "*" is all there are."""

    def __init__(self, hosts: Iterable[str]) -> None:
        names = {host.strip().lower().rstrip(".") for host in hosts} - {""}
        self.has_all = ALL in names
        self._below = tuple(name.removeprefix("*") for name in names if name.startswith((".", "*.")))
        self._exact = {form for name in names for form in (name, _punycode(name))}

    def has(self, host: str) -> bool:
        name = host.lower().rstrip(".")
        # Letters of other scripts may be undone into dots and slashes, so with these a name has to be there as it is.
        return self.has_all or name in self._exact or (bool(self._below) and name.isascii() and name.endswith(self._below))

    def read(self, raw: str) -> Address:
        """Read the target of a link. A renderer may undo entities and backslashes or not, so the worst reading counts."""
        raw = raw[:MOST_CHARACTERS]
        readings = {raw}
        if "&" in raw or "\\" in raw:
            decoded, unescaped = html.unescape(raw), _ESCAPE.sub(r"\1", raw)
            readings |= {decoded, unescaped, _ESCAPE.sub(r"\1", decoded), html.unescape(unescaped), html.unescape(decoded)}
        return max((self._read(_DROPPED.sub("", reading)) for reading in readings), key=lambda address: (address.kind, address.shown))

    def is_allowed(self, authority: str) -> bool:
        """Whether what stands between the slashes of an address is plainly one of the hosts: no user, nothing that could be read otherwise."""
        strict = _STRICT.fullmatch(authority)
        return self.has_all or (strict is not None and self.has(strict[1]))

    def _read(self, value: str) -> Address:
        if match := _SCHEME.match(value):
            return self._read_absolute(match[1].lower(), match[2])
        if value[:2].replace("\\", "/") == "//":
            return self._read_web(value)
        return Address(Kind.RELATIVE)

    def _read_absolute(self, scheme: str, rest: str) -> Address:
        if scheme in _FETCHED:
            return self._read_web(rest)
        if scheme in _MAIL:
            return Address(Kind.ALLOWED) if self.has_all else Address(Kind.MAIL, re.split(r"[?&]", rest, maxsplit=1)[0][:254])
        if not rest or (scheme not in _DANGEROUS and not rest.strip(":")):
            return Address(Kind.RELATIVE)  # "Note:" is a word.
        return Address(Kind.BAD)

    def _read_web(self, rest: str) -> Address:
        match = _AUTHORITY.match(rest)
        authority = match[1] if match else ""
        is_plain = rest.startswith("//") and rest[2:3] not in ("/", "\\") and rest[2 + len(authority) : 3 + len(authority)] != "\\"
        if (is_plain or self.has_all) and self.is_allowed(authority):
            return Address(Kind.ALLOWED)
        return Address(Kind.FOREIGN, show_host(authority))


def show_host(authority: str) -> str:
    """What may be written of a host: no user, no port, and nothing that becomes a link by itself."""
    host = _HOST.match(html.unescape(authority).rpartition("@")[2])
    return re.sub(r"^(?:www\.)+", "", host[0].strip(".-_") if host else "", flags=re.IGNORECASE)


def is_word(raw: str) -> bool:
    """Whether what looks like a bad address may as well be prose, such as `key:value` or `std::string`."""
    match = _SCHEME.match(raw)
    return match is not None and match[1].lower() not in (*_DANGEROUS, *_FETCHED, *_MAIL) and "//" not in match[2] and "&" not in raw and "\\" not in raw


def _punycode(name: str) -> str:
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return name
