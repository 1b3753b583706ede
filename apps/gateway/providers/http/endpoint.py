"""Where models are asked, worked out once: the address, and all of a request's head but its length."""

from dataclasses import dataclass, field
from urllib.request import getproxies, proxy_bypass

import httpx2

from apps.common.hosts import is_this_machine

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path of one server. `origin` is whom a connection belongs to."""

    scheme: str
    host: str
    port: int
    url: str
    # It holds the key.
    head: bytes = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    # As HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY say; it may hold a password.
    proxy: str | None = field(default=None, repr=False)

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port


def make_endpoint(base_url: str, path: str, api_key: str) -> Endpoint:
    """Raises ValueError for an address or a key that no request can be made with."""
    try:
        url = httpx2.URL(base_url.rstrip("/") + path)
    except (httpx2.InvalidURL, TypeError) as error:
        raise ValueError("no address") from error
    if url.scheme not in _PORTS or not url.host:
        raise ValueError("no address")
    # Servers on the own network often want no key, but many clients send one, and some servers want to see it.
    headers = {
        "Host": url.netloc.decode("ascii"),
        "User-Agent": "Quire",
        "Accept": "text/event-stream, application/json",
        "Accept-Encoding": "identity",
        "Content-Type": "application/json",
        "Authorization": f"Bearer {api_key or 'none'}",
    }
    lines = [f"POST {url.raw_path.decode('ascii')} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if not all(line.isascii() and line.isprintable() for line in lines):
        # A line break in a key would make a second header of its rest.
        raise ValueError("no key")
    head = "\r\n".join([*lines, "Content-Length: "]).encode("ascii")
    return Endpoint(url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme], str(url), head, tuple(headers.items()), find_proxy(url))


def find_proxy(url: httpx2.URL) -> str | None:
    """The one that leads there. None reaches this machine itself."""
    host, proxies = url.raw_host.decode("ascii"), getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    return proxy if proxy and not is_this_machine(host) and not proxy_bypass(host) else None
