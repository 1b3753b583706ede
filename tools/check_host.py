"""Says in one line why Quire cannot run here, before anything slow begins (`python3 tools/check_host.py [port]`).

Runs in any Python 3, on nothing but the standard library.
"""

import os
import platform
import socket
import sys

OLDEST, NEWEST = (3, 11), (3, 13)
USE_COMPOSE = "use Docker Compose instead (docs/handbook/running-with-docker-compose.md)"


def find_obstacle(wants_port: bool) -> str:
    """Return what stands in the way, or an empty string."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        return f"Python {sys.version_info[0]}.{sys.version_info[1]} is here, 3.11 to 3.13 is needed: make PYTHON=/path/to/python3.12 ..."
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return _port_obstacle() if wants_port else ""
    machine = platform.machine().lower()
    if platform.system() != "Linux" or machine not in ("x86_64", "amd64", "aarch64", "arm64"):
        return f"the embedded databases need Linux on x86_64 or aarch64, this is {platform.system()} on {machine}: {USE_COMPOSE}"
    if platform.libc_ver()[0] != "glibc":
        return f"the embedded databases need glibc: {USE_COMPOSE}"
    return _port_obstacle() if wants_port else ""


def _port_obstacle() -> str:
    host, port = os.environ.get("QUIRE_HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    if not (port.isascii() and port.isdigit()) or not 0 < int(port) < 65536:
        return f"PORT is {port}, which is no port: choose a number such as 8000"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except PermissionError:
        return f"port {port} needs more rights than this user has: choose one above 1023, for example PORT=8000 make serve"
    except socket.gaierror:
        return f"QUIRE_HOST is {host}, which is no address of this machine"
    except OSError as error:
        if error.errno == 98:
            return f"port {port} on {host} is taken: stop the other program, or choose another port, for example PORT={int(port) + 1} make serve"
        return f"cannot listen on {host}, port {port}: {error.strerror}"
    return ""


if __name__ == "__main__":
    obstacle = find_obstacle("port" in sys.argv[1:])
    if obstacle:
        sys.exit(f"Quire: {obstacle}")
