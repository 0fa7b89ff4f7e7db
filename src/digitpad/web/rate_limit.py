"""How often one visitor may ask: requests a minute, counted over all workers.

A visitor is counted by the cookie. Cookies cost nothing, so an address is counted too, with room for a class behind
it. The operator is counted by address alone.
"""

from __future__ import annotations

import math
import time
from functools import partial
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Final

from flask import Flask, request

from digitpad.errors import DigitpadError
from digitpad.web import visitors
from digitpad.web.counters import Counters

VISITORS_AN_ADDRESS: Final = 50  # a class, or an office, behind one address
LIMITED: Final = ("/api/", "/predict/", "/upload")


class TooManyRequests(DigitpadError):
    """More requests in a minute than a visitor, or an address, may send."""

    code = "too-many-requests"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many requests: try again in {retry_after} s")
        self.retry_after = retry_after
        """Seconds until the next one is taken."""


def count(counters: Counters, name: str, most: int) -> None:
    """Count one more of `name`.

    :raises TooManyRequests: it is more than `most` in a minute
    """
    _refuse(most + 1, *counters.count(name))


def require_room(counters: Counters, name: str, most: int) -> None:
    """Count nothing.

    :raises TooManyRequests: another one of `name` would be more than `most` in a minute
    """
    _refuse(most, *counters.look(name))


def _refuse(at: int, counted: int, until: float) -> None:
    if counted >= at:
        raise TooManyRequests(max(1, math.ceil(until - time.time())))


def init_app(app: Flask, *, rate: int, shared: Path | None) -> None:
    """Take `rate` requests a visitor a minute; 0: as many as come.

    :param shared: a folder that all workers share; None: there is only this one
    """
    if rate:
        counters = Counters(shared / "requests" if shared else None)
        app.before_request(partial(_count, counters, rate))


def _count(counters: Counters, rate: int) -> None:
    if not request.path.startswith(LIMITED):
        return
    count(counters, address(), rate * VISITORS_AN_ADDRESS)  # first, so that nobody tries tokens without end
    if visitors.is_known() and not visitors.is_operator():
        count(counters, str(visitors.current()), rate)


def address() -> str:
    """The caller's address; of IPv6 its network, for a household has 2⁶⁴ addresses."""
    try:
        caller = ip_address(request.remote_addr or "")
    except ValueError:
        return ""
    if isinstance(caller, IPv6Address):
        return f"{int(caller) >> 64:x}::/64"
    return str(caller)
