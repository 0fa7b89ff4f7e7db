"""Whether the server could listen at its address, found out before it tries."""

from __future__ import annotations

import socket

from digitpad.settings import Settings


def try_address(settings: Settings) -> None:
    """Take the address for a moment.

    :raises OSError: it cannot be had
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((settings.host, settings.port))
