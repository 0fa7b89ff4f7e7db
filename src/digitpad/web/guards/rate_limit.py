"""How many requests a minute one visitor may send, counted over all workers.

A visitor is counted by the cookie. Cookies are free, so an address is counted too, with room for a class behind it.
The operator is counted by address alone.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Final

from flask import Flask, request
from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from digitpad.errors import DigitpadError
from digitpad.web.guards.shared_counts import SharedCounts

VISITORS_AN_ADDRESS: Final = 50  # a class, or an office, behind one address
LIMITED: Final = ("/api/", "/predict", "/upload")
_WITH_PORT: Final = re.compile(r"\[(.*)\](?::\d+)?|([^:]+):\d+")
"""How some proxies (Azure's, IIS) write an address: 192.0.2.1:5678, [2001:db8::1]:5678."""


class TooManyRequests(DigitpadError):
    """More requests in a minute than a visitor, or an address, may send."""

    code = "too-many-requests"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many requests: try again in {retry_after} s")
        self.retry_after = retry_after
        """Seconds until the next request is accepted."""


def count(limiter: FixedWindowRateLimiter, limit: RateLimitItemPerMinute, who: str) -> None:
    """Count one more request of `who`.

    :raises TooManyRequests: it exceeds the limit
    """
    if not limiter.hit(limit, who):
        raise too_many(limiter, limit, who)


def too_many(limiter: FixedWindowRateLimiter, limit: RateLimitItemPerMinute, who: str) -> TooManyRequests:
    """The error for `who`, who is above the limit."""
    reset = limiter.get_window_stats(limit, who).reset_time
    return TooManyRequests(max(1, math.ceil(reset - time.time())))


def init_app(app: Flask, *, rate: int, shared: Path | None, visitor: Callable[[], str | None]) -> None:
    """Accept `rate` requests a minute from each visitor; 0: as many as come.

    :param shared: a folder that all workers share; None: there is only this worker
    :param visitor: returns who sent the current request; None: it is counted by address alone
    """
    if not rate:
        return
    limiter = FixedWindowRateLimiter(SharedCounts(shared / "requests" if shared else None))
    of_address, of_visitor = (RateLimitItemPerMinute(each) for each in (rate * VISITORS_AN_ADDRESS, rate))

    def count_request() -> None:
        if request.path.startswith(LIMITED):
            count(limiter, of_address, address())
            if who := visitor():
                count(limiter, of_visitor, who)

    app.before_request(count_request)


def address() -> str:
    """The caller's address; for IPv6 its network, since a household has 2⁶⁴ addresses."""
    return _network(request.remote_addr or "")


@lru_cache(maxsize=1024)
def _network(address: str) -> str:
    with_port = _WITH_PORT.fullmatch(address)
    try:
        caller = ip_address(with_port[1] or with_port[2] if with_port else address)
    except ValueError:
        return ""
    if isinstance(caller, IPv6Address):
        # IPv4 at a socket that takes both: otherwise all of IPv4 would be one network.
        if caller.ipv4_mapped is None:
            return f"{int(caller) >> 64:x}::/64"
        caller = caller.ipv4_mapped
    return str(caller)
