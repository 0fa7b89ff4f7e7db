"""Where the server listens, and whether it can, checked before it starts."""

from __future__ import annotations

import errno
import socket

from digitpad.settings import Settings


def try_address(settings: Settings) -> tuple[str, int]:
    """Bind to the address for a moment.

    :returns: the IP address that the host resolves to, and the port: a free one if it was 0
    :raises OSError: the address cannot be bound to
    """
    family, address = _resolved(settings.host)
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((address, settings.port))
        return address, probe.getsockname()[1]


def place(host: str, port: int) -> str:
    """Host and port as in a URL: an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _resolved(host: str) -> tuple[socket.AddressFamily, str]:
    """The address family and IP address of a host; IPv4 if it has both, as not everything tries IPv6.

    :raises OSError: the name does not resolve, or the address belongs to one interface only
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label that is empty or too long
        raise OSError(errno.EINVAL, "no name of a host") from error
    family, *_, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    if "%" in host:
        raise OSError(errno.EINVAL, "an address that belongs to one interface")
    return family, str(address[0])
