"""Guessing the token is slow: an address that was wrong a few times waits for the minute to end.

This holds whatever DIGITPAD_RATE_LIMIT says: nobody types ten wrong tokens a minute by accident.
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Final

from flask import Flask, current_app
from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from digitpad import operator_token
from digitpad.web import visitors
from digitpad.web.counters import Counters
from digitpad.web.rate_limit import TooManyRequests, address
from digitpad.web.visitors import NotTheOperator

WRONG_A_MINUTE: Final = RateLimitItemPerMinute(10)


def init_app(app: Flask, *, shared: Path | None) -> None:
    """Count wrong tokens by address, over all workers, in the folder `shared`; None: there is only this one."""
    counters = Counters(shared / "guesses" if shared else None)
    app.extensions["guesses"] = FixedWindowRateLimiter(counters)


def is_token(token: str) -> bool:
    """Whether `token` is the operator's; a wrong one is counted.

    :raises TooManyRequests: this address was wrong too often just now, whatever it says this time
    """
    _require_few()
    if operator_token.matches(token, current_app.extensions["operator"]):
        return True
    _count()
    return False


def is_bearer() -> bool:
    """Whether the request carries the token in its Authorization, as programs send it.

    :raises NotTheOperator: it carries another one, which is counted
    :raises TooManyRequests: as above
    """
    _require_few()
    try:
        return visitors.is_operator()
    except NotTheOperator:
        _count()
        raise


def _require_few() -> None:
    limiter: FixedWindowRateLimiter = current_app.extensions["guesses"]
    if not limiter.test(WRONG_A_MINUTE, address()):
        reset = limiter.get_window_stats(WRONG_A_MINUTE, address()).reset_time
        raise TooManyRequests(max(1, math.ceil(reset - time.time())))


def _count() -> None:
    limiter: FixedWindowRateLimiter = current_app.extensions["guesses"]
    limiter.hit(WRONG_A_MINUTE, address())
