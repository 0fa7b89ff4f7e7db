"""Guessing the token is slow: an address that was wrong a few times waits for the minute to end.

This holds at every door, and whatever DIGITPAD_RATE_LIMIT says: nobody sends ten wrong tokens a minute by accident.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flask import Flask, current_app
from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from digitpad import operator_token
from digitpad.web.guards.rate_limit import address, too_many
from digitpad.web.guards.shared_counts import SharedCounts

WRONG_A_MINUTE: Final = RateLimitItemPerMinute(10)


def init_app(app: Flask, *, shared: Path | None) -> None:
    """Count wrong tokens by address, over all workers, in the folder `shared`; None: there is only this one."""
    counts = SharedCounts(shared / "guesses" if shared else None)
    app.extensions["guesses"] = FixedWindowRateLimiter(counts)


def is_token(token: str) -> bool:
    """Whether `token` is the operator's; a wrong one is counted.

    :raises TooManyRequests: this address was wrong too often just now, whatever it says this time
    """
    limiter: FixedWindowRateLimiter = current_app.extensions["guesses"]
    if not limiter.test(WRONG_A_MINUTE, address()):
        raise too_many(limiter, WRONG_A_MINUTE, address())
    if operator_token.matches(token, current_app.extensions["operator"]):
        return True
    limiter.hit(WRONG_A_MINUTE, address())
    return False
