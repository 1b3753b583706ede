"""What a host's name says about where it is."""

from ipaddress import ip_address


def is_this_machine(host: str) -> bool:
    """A name or address of the machine that reads it, whichever that is."""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return host == "localhost"
    return address.is_loopback or address.is_unspecified
