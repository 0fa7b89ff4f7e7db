"""Makes guessing the token slow: after ten wrong ones, an address must wait for the minute to end.

This holds at every endpoint, whatever DIGITPAD_RATE_LIMIT says: nobody sends ten wrong tokens a minute by accident.
What else an address may do only so often, such as trying a class's key, is counted here, too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flask import Flask, current_app
from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from digitpad import operator_token
from digitpad.web.guards import rate_limit
from digitpad.web.guards.rate_limit import address, too_many
from digitpad.web.guards.shared_counts import SharedCounts

WRONG_A_MINUTE: Final = RateLimitItemPerMinute(10)


def init_app(app: Flask, *, shared: Path | None) -> None:
    """Count wrong tokens by address, over all workers, in the folder `shared`; None: there is only this worker."""
    counts = SharedCounts(shared / "guesses" if shared else None)
    app.extensions["guesses"] = FixedWindowRateLimiter(counts)


def is_token(token: str) -> bool:
    """Whether `token` is the operator's; a wrong one is counted.

    :raises TooManyRequests: this address sent too many wrong ones just now, even if this one is right
    """
    limiter = _limiter()
    if not limiter.test(WRONG_A_MINUTE, address()):
        raise too_many(limiter, WRONG_A_MINUTE, address())
    if operator_token.matches(token, current_app.extensions["operator"]):
        return True
    limiter.hit(WRONG_A_MINUTE, address())
    return False


def count(limit: RateLimitItemPerMinute) -> None:
    """Count one more try of the caller's address.

    :raises TooManyRequests: it has had as many as `limit` allows
    """
    rate_limit.count(_limiter(), limit, address())


def _limiter() -> FixedWindowRateLimiter:
    limiter: FixedWindowRateLimiter = current_app.extensions["guesses"]
    return limiter
