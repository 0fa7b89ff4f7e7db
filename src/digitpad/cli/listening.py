"""Where the server listens, and whether it could, found out before it tries."""

from __future__ import annotations

import errno
import socket

from digitpad.settings import Settings


def try_address(settings: Settings) -> tuple[str, int]:
    """Take the address for a moment.

    :returns: the IP address that the host's name stands for, and the port: a free one where 0 was asked for
    :raises OSError: it cannot be had
    """
    family, address = _resolved(settings.host)
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((address, settings.port))
        return address, probe.getsockname()[1]


def place(host: str, port: int) -> str:
    """Both as they stand in an address of the web: an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _resolved(host: str) -> tuple[socket.AddressFamily, str]:
    """The family and the IP address of a host; IPv4 where it has both, as not everything tries IPv6.

    :raises OSError: nothing is known by that name, or it is no address of the whole machine
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a part that is empty or too long
        raise OSError(errno.EINVAL, "no name of a host") from error
    family, *_, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    if "%" in host:
        raise OSError(errno.EINVAL, "an address that belongs to one interface")
    return family, str(address[0])
